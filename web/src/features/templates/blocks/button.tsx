import { IconClick } from "@tabler/icons-react";
import { borderOf, fontOf, spaceOf } from "../styles";
import { AROUND, at, block, BORDER, property, SHOWN, style, TEXT_LOOK, textAt, numberAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  const align = textAt(styles, "text_align") || "center";
  return (
    <div style={{ textAlign: align as "center" }}>
      <span
        style={{
          display: at(styles, "stretch") === true ? "block" : "inline-block",
          background: textAt(styles, "background_color") || "#222222",
          borderRadius: numberAt(styles, "border_radius") ?? 0,
          ...borderOf(styles),
          ...spaceOf(styles, "inner_padding"),
          ...fontOf({ color: "#ffffff", ...(styles as object) }),
          textAlign: "center",
        }}
      >
        {textAt(of, "data", "content") || "Button"}
      </span>
    </div>
  );
}

export const button: Kind = {
  label: "Button",
  about: "A link that stands out",
  icon: IconClick,
  words: (of) => `Button “${textAt(of, "data", "content") || "without words"}”`,
  start: () =>
    block("button", {
      content: "Shop now",
      properties: { href: "" },
      styles: {
        background_color: "#222222", color: "#ffffff", border_radius: 6, font_size: 16, font_weight: "600", text_align: "center",
        inner_padding_top: 14, inner_padding_bottom: 14, inner_padding_left: 28, inner_padding_right: 28,
        block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18,
      },
    }),
  View,
  groups: [
    {
      title: "Button",
      fields: [
        { control: "text", label: "Words", path: ["data", "content"] },
        { control: "address", label: "Leads to", path: property("href"), placeholder: "https://" },
        { control: "align", label: "Alignment", path: style("text_align") },
        { control: "switch", label: "As wide as its column", path: style("stretch") },
      ],
    },
    {
      title: "Look",
      fields: [
        { control: "colour", label: "Colour of the button", path: style("background_color") },
        { control: "colour", label: "Colour of the words", path: style("color") },
        ...TEXT_LOOK(),
        { control: "number", label: "Round corners", path: style("border_radius"), min: 0, max: 100, unit: "px", hint: "Outlook for Windows shows square corners." },
        { control: "space", label: "Space inside", path: style("inner_padding") },
        ...BORDER(),
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => [
    ...(textAt(of, "data", "content").trim() ? [] : [{ words: "This button has no words.", path: ["data", "content"] }]),
    ...(textAt(of, "data", "properties", "href").trim() ? [] : [{ words: "This button leads nowhere.", path: property("href") }]),
  ],
  offered: true,
};
