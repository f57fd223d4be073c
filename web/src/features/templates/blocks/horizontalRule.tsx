import { IconSeparatorHorizontal } from "@tabler/icons-react";
import { AROUND, at, block, numberAt, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  const line = `${numberAt(styles, "border_width") ?? 1}px ${textAt(styles, "border_style") || "solid"} ${textAt(styles, "border_color") || "#cccccc"}`;
  return <hr style={{ border: 0, borderTop: line, margin: 0 }} />;
}

export const horizontalRule: Kind = {
  label: "Line",
  about: "Divides what is above from what is below",
  icon: IconSeparatorHorizontal,
  words: () => "Line",
  start: () =>
    block("horizontal_rule", {
      styles: {
        border_color: "#dddddd", border_style: "solid", border_width: 1,
        block_padding_top: 12, block_padding_bottom: 12, block_padding_left: 18, block_padding_right: 18,
      },
    }),
  View,
  groups: [
    {
      title: "Line",
      fields: [
        { control: "choice", label: "Kind", path: style("border_style"), options: [["solid", "Line"], ["dashed", "Dashes"], ["dotted", "Dots"]] },
        { control: "number", label: "Thickness", path: style("border_width"), min: 1, max: 40, unit: "px" },
        { control: "colour", label: "Colour", path: style("border_color") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  offered: true,
};
