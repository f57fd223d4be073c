import { IconLayoutNavbar } from "@tabler/icons-react";
import { borderOf, fontOf, spaceOf } from "../styles";
import type { Wire } from "../tree";
import { AROUND, at, block, BORDER, numberAt, SHOWN, style, TEXT_LOOK, textAt, type ItemKind, type Kind, type ViewProps } from "./kind";

const itemsOf = (of: Wire) => (Array.isArray(of.subblocks) ? (of.subblocks as Wire[]) : []);

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  const layout = textAt(styles, "desktop_layout") || "stacked";
  const isInline = layout === "inline";
  return (
    <div
      style={{
        display: "flex", flexDirection: isInline ? "row" : "column", alignItems: "center", gap: numberAt(styles, "logo_link_spacing") ?? 12,
        justifyContent: isInline ? "space-between" : "center", ...borderOf(styles), ...spaceOf(styles, "inner_padding"),
      }}
    >
      {itemsOf(of).filter(({ type }) => type === "header_link_bar_logo").map((logo, place) => (
        <Picture key={place} of={logo} />
      ))}
      <div style={{ display: "flex", flexWrap: "wrap", gap: numberAt(styles, "item_spacing") ?? 18, justifyContent: "center" }}>
        {itemsOf(of).filter(({ type }) => type !== "header_link_bar_logo").map((item, place) =>
          item.type === "header_link_bar_image" ? (
            <Picture key={place} of={item} />
          ) : (
            <span key={place} style={{ background: textAt(item, "background_color") || undefined, ...fontOf(styles) }}>
              {textAt(item, "content")}
            </span>
          ),
        )}
      </div>
    </div>
  );
}

function Picture({ of }: { of: Wire }) {
  const src = textAt(of, "src");
  const words = textAt(of, "alt_text") || "Logo";
  if (!src || src.includes("{")) return <strong>{words}</strong>;
  return <img src={src} alt={words} style={{ maxWidth: "100%", width: numberAt(of, "width") }} />;
}

const PICTURE: ItemKind["fields"] = [
  { control: "image", label: "Picture", path: ["src"] },
  { control: "text", label: "Description", path: ["alt_text"] },
  { control: "address", label: "Leads to", path: ["href"], placeholder: "https://" },
  { control: "number", label: "Width", path: ["width"], min: 8, max: 1200, unit: "px" },
];

const KINDS: Record<string, ItemKind> = {
  header_link_bar_logo: {
    label: "Logo",
    start: () => ({ type: "header_link_bar_logo", src: "", alt_text: "Logo", href: "" }),
    words: (of) => `Logo “${textAt(of, "alt_text")}”`,
    fields: PICTURE,
  },
  header_link_bar_button: {
    label: "Link",
    start: () => ({ type: "header_link_bar_button", content: "New", href: "" }),
    words: (of) => textAt(of, "content") || "Link without words",
    fields: [
      { control: "text", label: "Words", path: ["content"] },
      { control: "address", label: "Leads to", path: ["href"], placeholder: "https://" },
      { control: "colour", label: "Background", path: ["background_color"] },
    ],
  },
  header_link_bar_image: {
    label: "Picture",
    start: () => ({ type: "header_link_bar_image", src: "", alt_text: "", href: "" }),
    words: (of) => `Picture “${textAt(of, "alt_text")}”`,
    fields: PICTURE,
  },
};

export const header: Kind = {
  label: "Header",
  about: "Your logo and links to the shop",
  icon: IconLayoutNavbar,
  words: (of) => `Header: ${itemsOf(of).map((item) => KINDS[String(item.type)]?.words(item) ?? "item").join(", ") || "empty"}`,
  start: () =>
    block(
      "header",
      { styles: { desktop_layout: "stacked", mobile_layout: "stacked", item_spacing: 18, block_padding_top: 18, block_padding_bottom: 9 } },
      { subblocks: [KINDS.header_link_bar_logo?.start(), KINDS.header_link_bar_button?.start()] },
    ),
  View,
  groups: [
    { title: "Logo and links", fields: [{ control: "items", label: "Logo and links", path: ["subblocks"], kinds: KINDS, most: 10 }] },
    {
      title: "Look",
      fields: [
        { control: "choice", label: "On large screens", path: style("desktop_layout"), options: [["stacked", "Logo above the links"], ["inline", "In one line"], ["centered", "Centred"], ["links", "Links only"]] },
        { control: "choice", label: "On phones", path: style("mobile_layout"), options: [["stacked", "All below each other"], ["inline", "In one line"], ["logo-stacked", "Logo above the links"], ["links", "Links only"], ["links-stacked", "Links below each other"]] },
        { control: "colour", label: "Colour of the links", path: style("color") },
        ...TEXT_LOOK(),
        { control: "number", label: "Between the links", path: style("item_spacing"), min: 0, max: 100, unit: "px" },
        ...BORDER(),
      ],
    },
    AROUND,
    SHOWN,
  ],
  offered: true,
};
