import { IconColumns2, IconPhoto } from "@tabler/icons-react";
import { Html } from "../edit/Html";
import { Placeholder } from "../edit/Placeholder";
import { fontOf } from "../styles";
import type { Wire } from "../tree";
import { AROUND, at, block, numberAt, plain, SHOWN, style, textAt, type ItemKind, type Kind, type ViewProps } from "./kind";

const cellsOf = (of: Wire) => (Array.isArray(of.subblocks) ? (of.subblocks as Wire[]) : []);

function View({ of, styles }: ViewProps) {
  const own = at(of, "data", "styles");
  const widths = textAt(own, "column_widths").split(/[,/ ]+/).map(Number).filter((each) => each > 0);
  return (
    <div style={{ display: "grid", gap: numberAt(own, "padding_in_between") ?? 18, gridTemplateColumns: cellsOf(of).map((_, at) => `${widths[at] ?? 50}fr`).join(" ") }}>
      {cellsOf(of).map((cell, place) =>
        cell.type === "table_image" ? (
          <Picture key={place} of={cell} />
        ) : (
          <Html key={place} html={textAt(cell, "content")} style={{ ...fontOf(styles.text), ...fontOf(cell) }} />
        ),
      )}
    </div>
  );
}

function Picture({ of }: { of: Wire }) {
  const src = textAt(of, "src");
  if (!src || src.includes("{")) return <Placeholder icon={IconPhoto}>{src ? `Image from ${src}` : "Choose an image"}</Placeholder>;
  return <img src={src} alt={textAt(of, "alt_text")} style={{ maxWidth: "100%", width: "100%" }} />;
}

const KINDS: Record<string, ItemKind> = {
  table_image: {
    label: "Picture",
    start: () => ({ type: "table_image", src: "", alt_text: "", href: "" }),
    words: (of) => `Picture “${textAt(of, "alt_text") || "without description"}”`,
    fields: [
      { control: "image", label: "Picture", path: ["src"] },
      { control: "text", label: "Description", path: ["alt_text"] },
      { control: "address", label: "Leads to", path: ["href"], placeholder: "https://" },
    ],
  },
  table_text: {
    label: "Text",
    start: () => ({ type: "table_text", content: "<p>Write something here.</p>" }),
    words: (of) => `Text “${plain(textAt(of, "content")) || "empty"}”`,
    fields: [
      { control: "code", label: "Text", path: ["content"], hint: "HTML: <p>, <strong>, <a href=…>" },
      { control: "colour", label: "Colour", path: ["color"] },
      { control: "number", label: "Size", path: ["font_size"], min: 6, max: 120, unit: "px" },
    ],
  },
};

export const split: Kind = {
  label: "Picture beside text",
  about: "Two things side by side",
  icon: IconColumns2,
  words: (of) => `Side by side: ${cellsOf(of).map((cell) => KINDS[String(cell.type)]?.words(cell) ?? "cell").join(" and ")}`,
  start: () =>
    block(
      "split",
      { styles: { padding_in_between: 18, mobile_stack_order: "ltr", block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 } },
      { subblocks: [KINDS.table_image?.start(), KINDS.table_text?.start()] },
    ),
  View,
  groups: [
    { title: "Side by side", fields: [{ control: "items", label: "What lies side by side", path: ["subblocks"], kinds: KINDS, most: 2 }] },
    {
      title: "Look",
      fields: [
        { control: "number", label: "Between them", path: style("padding_in_between"), min: 0, max: 100, unit: "px" },
        { control: "choice", label: "On phones", path: style("mobile_stack_order"), options: [["ltr", "Left above right"], ["rtl", "Right above left"], ["no-stack", "Side by side"]] },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) =>
    cellsOf(of).flatMap((cell, place) =>
      cell.type === "table_image" && !textAt(cell, "src").trim() ? [{ words: "No picture is chosen.", path: ["subblocks", String(place), "src"] }] : [],
    ),
  offered: true,
};
