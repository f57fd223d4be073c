import { IconArrowsVertical } from "@tabler/icons-react";
import { at, block, numberAt, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  return <div style={{ height: numberAt(styles, "height") ?? 20, background: textAt(styles, "background_color") || undefined }} />;
}

export const spacer: Kind = {
  label: "Space",
  about: "Room between two blocks",
  icon: IconArrowsVertical,
  words: (of) => `Space of ${numberAt(of, "data", "styles", "height") ?? 20} px`,
  start: () => block("spacer", { styles: { height: 20 } }),
  View,
  groups: [
    {
      title: "Space",
      fields: [
        { control: "number", label: "Height", path: style("height"), min: 1, max: 400, unit: "px" },
        { control: "colour", label: "Background", path: style("background_color") },
      ],
    },
    SHOWN,
  ],
  offered: true,
};
