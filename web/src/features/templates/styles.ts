/** The styles of a definition as what a browser draws: close to the mail, whose HTML the server makes. */

import type { CSSProperties } from "react";
import { at, numberAt, textAt } from "./blocks/kind";
import type { Whole, Wire } from "./tree";

/** Styles of the whole template by their word on the wire without "-styles". */
export type TemplateStyles = Readonly<Record<string, Wire>>;

export function stylesOf({ definition }: Whole): TemplateStyles {
  const all = Array.isArray(definition.styles) ? (definition.styles as Wire[]) : [];
  return Object.fromEntries(all.map((each) => [textAt(each, "style_type").replace(/-styles$/, ""), (each.styles ?? {}) as Wire]));
}

export const DEFAULT_WIDTH = 600;

export const widthOf = ({ body }: Whole) => numberAt(body, "styles", "width") ?? DEFAULT_WIDTH;

function px(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}px`;
}

/** Four sides whose names begin alike; undefined where none is said. */
export function spaceOf(styles: unknown, prefix: string): CSSProperties {
  const side = (name: string) => px(numberAt(styles, `${prefix}_${name}`));
  return given({ paddingTop: side("top"), paddingRight: side("right"), paddingBottom: side("bottom"), paddingLeft: side("left") });
}

export function fontOf(styles: unknown, prefix = ""): CSSProperties {
  return given({
    color: textAt(styles, `${prefix}color`),
    fontFamily: textAt(styles, `${prefix}font_family`),
    fontSize: px(numberAt(styles, `${prefix}font_size`)),
    fontStyle: textAt(styles, `${prefix}font_style`),
    fontWeight: textAt(styles, `${prefix}font_weight`),
    letterSpacing: px(numberAt(styles, `${prefix}letter_spacing`)),
    lineHeight: numberAt(styles, `${prefix}line_height`),
    textAlign: textAt(styles, `${prefix}text_align`),
    textDecoration: textAt(styles, `${prefix}text_decoration`),
  });
}

export function borderOf(styles: unknown, prefix = "border_"): CSSProperties {
  const kind = textAt(styles, `${prefix}style`);
  const width = numberAt(styles, `${prefix}width`);
  if (!kind || kind === "none" || !width) return {};
  return { border: `${width}px ${kind} ${textAt(styles, `${prefix}color`) || "currentColor"}` };
}

/** Around a block. */
export function blockStyle(of: Wire): CSSProperties {
  const styles = at(of, "data", "styles");
  return { ...spaceOf(styles, "block_padding"), ...given({ background: textAt(styles, "block_background_color") }) };
}

/** What a section's columns lie on. */
export function sectionStyle(of: Wire): CSSProperties {
  const styles = at(of, "data", "styles");
  return {
    ...spaceOf(styles, "inner_padding"),
    ...borderOf(styles),
    ...given({ background: textAt(styles, "content_color") || textAt(styles, "background_color") }),
  };
}

function given(styles: Record<string, string | number | undefined>): CSSProperties {
  return Object.fromEntries(Object.entries(styles).filter(([, value]) => value !== undefined && value !== ""));
}

/** Headings and links as the template has them, for what is written in blocks; `scope`: a class of the canvas. */
export function sheetOf(styles: TemplateStyles, scope: string): string {
  const rule = (selector: string, css: CSSProperties) => {
    const lines = Object.entries(css).map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${clean(String(value))}`);
    return lines.length > 0 ? `.${scope} ${selector}{${lines.join(";")}}` : "";
  };
  const headings = [1, 2, 3, 4].map((level) => {
    const look = styles[`heading-${level}`];
    return rule(`h${level}`, { ...fontOf(look), ...given({ marginBottom: px(numberAt(look, "margin_bottom")) }) });
  });
  return [...headings, rule("a", fontOf(styles.link))].join("\n");
}

/** Nothing that ends its declaration. */
const clean = (value: string) => value.replace(/[{}<>;]/g, "");
