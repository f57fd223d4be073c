import { IconTextSize } from "@tabler/icons-react";
import { fontOf, spaceOf } from "../styles";
import { Html } from "../edit/Html";
import { AROUND, at, block, plain, SHOWN, style, TEXT_LOOK, textAt, type Kind, type ViewProps } from "./kind";

function View({ of, styles }: ViewProps) {
  const own = at(of, "data", "styles");
  return <Html html={textAt(of, "data", "content")} style={{ ...fontOf(styles.text), ...fontOf(own), ...spaceOf(own, "inner_padding") }} />;
}

export const text: Kind = {
  label: "Text",
  about: "Words, headings and lists",
  icon: IconTextSize,
  words: (of) => `Text “${plain(textAt(of, "data", "content")) || "empty"}”`,
  start: () =>
    block("text", {
      content: "<p>Write something here.</p>",
      styles: { block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 },
    }),
  View,
  rich: ["data", "content"],
  groups: [
    {
      title: "Text",
      fields: [
        { control: "colour", label: "Colour", path: style("color") },
        ...TEXT_LOOK(),
        { control: "number", label: "Line height", path: style("line_height"), min: 0.8, max: 3, step: 0.1 },
        { control: "align", label: "Alignment", path: style("text_align") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => (plain(textAt(of, "data", "content")) === "" ? [{ words: "This text is empty.", path: ["data", "content"] }] : []),
  offered: true,
};
