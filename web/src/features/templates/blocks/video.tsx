import { IconMovie } from "@tabler/icons-react";
import { Placeholder } from "../edit/Placeholder";
import { AROUND, at, block, property, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const src = textAt(of, "data", "properties", "src");
  if (!src) return <Placeholder icon={IconMovie}>Choose a still of the video</Placeholder>;
  return (
    <div style={{ textAlign: (textAt(at(of, "data", "styles"), "align") || "center") as "center" }}>
      <img src={src} alt={textAt(of, "data", "properties", "alt_text")} style={{ maxWidth: "100%", width: "100%" }} />
    </div>
  );
}

export const video: Kind = {
  label: "Video",
  about: "A still that leads to the video",
  icon: IconMovie,
  words: (of) => `Video “${textAt(of, "data", "properties", "alt_text") || "without description"}”`,
  start: () =>
    block("video", {
      properties: { href: "", src: "", alt_text: "", overlay_toggle: true },
      styles: { align: "center", block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 },
    }),
  View,
  groups: [
    {
      title: "Video",
      fields: [
        { control: "address", label: "Address of the video", path: property("href"), placeholder: "https://", hint: "Mail programs play no video: the still leads to it." },
        { control: "image", label: "Still", path: property("src") },
        { control: "text", label: "Description", path: property("alt_text") },
        { control: "align", label: "Alignment", path: style("align") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => [
    ...(textAt(of, "data", "properties", "href").trim() ? [] : [{ words: "This video leads nowhere.", path: property("href") }]),
    ...(textAt(of, "data", "properties", "src").trim() ? [] : [{ words: "This video has no still.", path: property("src") }]),
  ],
  offered: true,
};
