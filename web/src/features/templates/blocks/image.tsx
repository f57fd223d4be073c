import { IconPhoto } from "@tabler/icons-react";
import { spaceOf } from "../styles";
import { Placeholder } from "../edit/Placeholder";
import { AROUND, at, block, numberAt, property, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  const src = textAt(of, "data", "properties", "src");
  const align = textAt(styles, "align") || "center";
  const width = numberAt(styles, "width");
  return (
    <div style={{ textAlign: align as "center", ...spaceOf(styles, "inner_padding") }}>
      {src && !src.includes("{") ? (
        <img src={src} alt={textAt(of, "data", "properties", "alt_text")} style={{ maxWidth: "100%", width: width ?? "100%", verticalAlign: "middle" }} />
      ) : (
        <Placeholder icon={IconPhoto}>{src ? `Image from ${src}` : "Choose an image"}</Placeholder>
      )}
    </div>
  );
}

export const image: Kind = {
  label: "Image",
  about: "A picture, with a link if you like",
  icon: IconPhoto,
  words: (of) => `Image “${textAt(of, "data", "properties", "alt_text") || "without description"}”`,
  start: () =>
    block("image", {
      properties: { dynamic: false, src: "", alt_text: "", href: "" },
      styles: { align: "center", block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 },
    }),
  View,
  groups: [
    {
      title: "Image",
      fields: [
        { control: "image", label: "Picture", path: property("src") },
        { control: "text", label: "Description", path: property("alt_text"), hint: "Read aloud, and shown where pictures are off." },
        { control: "address", label: "Leads to", path: property("href"), placeholder: "https://" },
        { control: "number", label: "Width", path: style("width"), min: 8, max: 1200, unit: "px" },
        { control: "align", label: "Alignment", path: style("align") },
        { control: "switch", label: "Full width on phones", path: style("full_width_mobile") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => [
    ...(textAt(of, "data", "properties", "src").trim() ? [] : [{ words: "No picture is chosen.", path: property("src") }]),
    ...(textAt(of, "data", "properties", "alt_text").trim() ? [] : [{ words: "This picture has no description.", path: property("alt_text") }]),
  ],
  offered: true,
};
