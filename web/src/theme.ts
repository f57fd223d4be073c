import {
  createTheme,
  defaultVariantColorsResolver,
  parseThemeColor,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

const spruce: MantineColorsTuple = [
  "#eef7f4",
  "#dcece6",
  "#b5d8cb",
  "#8bc3ae",
  "#68b196",
  "#4c9c80",
  "#347f65",
  "#1f6f5c",
  "#195a4b",
  "#12463a",
];

/** Neutral with a breath of green, from text (0) to the deepest ground (9). */
const night: MantineColorsTuple = [
  "#d5dad8",
  "#b4bbb8",
  "#8f9794",
  "#5f6664",
  "#363c3a",
  "#2c3230",
  "#222725",
  "#1a1e1d",
  "#141716",
  "#0e1110",
];

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif';

/** Colours whose darkest shade is still too light to be read on their own tint. */
const BRIGHT = ["yellow", "orange", "lime", "green", "teal", "cyan"];

/** Tints that lie equally lightly on a white and on a dark ground. */
const tinted: VariantColorsResolver = (input) => {
  const colours = defaultVariantColorsResolver(input);
  const { isThemeColor, color } = parseThemeColor({ color: input.color ?? input.theme.primaryColor, theme: input.theme });
  if (!isThemeColor) return colours;
  const shade = (index: number) => `var(--mantine-color-${color}-${index})`;
  const dark = BRIGHT.includes(color) ? `color-mix(in srgb, ${shade(9)} 62%, black)` : shade(9);
  // white has to be readable on it; the primary colour's own shades are
  if (input.variant === "filled" && color !== input.theme.primaryColor) {
    return { ...colours, background: shade(9), hover: `color-mix(in srgb, ${shade(9)} 86%, black)` };
  }
  const isPlain = input.variant === "subtle" && color !== "gray";
  if (input.variant === "outline" || isPlain) return { ...colours, color: `light-dark(${dark}, ${shade(4)})` };
  if (input.variant !== "light") return colours;
  return {
    ...colours,
    background: `color-mix(in srgb, ${shade(5)} 17%, transparent)`,
    hover: `color-mix(in srgb, ${shade(5)} 25%, transparent)`,
    color: `light-dark(${dark}, ${shade(2)})`,
  };
};

export const theme = createTheme({
  variantColorResolver: tinted,
  primaryColor: "spruce",
  primaryShade: { light: 7, dark: 6 },
  colors: { spruce, dark: night },
  fontFamily: FONT,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontFamily: FONT, fontWeight: "620" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Alert: {
      defaultProps: { variant: "outline" },
      styles: {
        root: {
          background: "color-mix(in srgb, var(--alert-color) 7%, var(--mantine-color-body))",
          borderColor: "color-mix(in srgb, var(--alert-color) 40%, transparent)",
        },
      },
    },
    Paper: { defaultProps: { withBorder: true, radius: "lg" } },
    Badge: { defaultProps: { variant: "light", radius: "sm" }, styles: { root: { flexShrink: 0, minWidth: "max-content" } } },
    ColorInput: { defaultProps: { eyeDropperButtonProps: { "aria-label": "Pick a colour from the screen" } } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    // a page has one banner, and it isn't this
    ModalHeader: { defaultProps: { role: "presentation" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});

/** `--canvas` is what cards lie on; Mantine's own body colour is the cards'. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--canvas": "#f6f7f5",
    "--mantine-color-default-border": "#e4e7e4",
    "--mantine-color-dimmed": "#66706c",
    "--mantine-color-red-text": "var(--mantine-color-red-9)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
  },
  dark: {
    "--canvas": "#121514",
    "--mantine-color-default-border": "#2c3230",
    "--mantine-color-dimmed": "#929b97",
    "--mantine-color-red-text": "var(--mantine-color-red-4)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--mantine-color-spruce-light": "color-mix(in srgb, var(--mantine-color-spruce-5) 17%, transparent)",
    "--mantine-color-spruce-light-hover": "color-mix(in srgb, var(--mantine-color-spruce-5) 25%, transparent)",
    "--mantine-color-spruce-light-color": "var(--mantine-color-spruce-2)",
  },
});
