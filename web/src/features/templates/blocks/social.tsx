import { IconShare } from "@tabler/icons-react";
import { fontOf } from "../styles";
import type { Wire } from "../tree";
import { AROUND, at, block, numberAt, property, SHOWN, style, TEXT_LOOK, textAt, type Kind, type ViewProps } from "./kind";

const NETWORKS: readonly (readonly [string, string])[] = [
  ["instagram", "Instagram"], ["facebook", "Facebook"], ["tiktok", "TikTok"], ["youtube", "YouTube"], ["pinterest", "Pinterest"],
  ["x-twitter", "X"], ["threads", "Threads"], ["linkedin", "LinkedIn"], ["whatsapp", "WhatsApp"], ["snapchat", "Snapchat"],
  ["discord", "Discord"], ["twitch", "Twitch"], ["email", "E-mail"], ["rss", "RSS"], ["custom", "Something else"],
];

const NAMES = new Map(NETWORKS);
const SIZES: Record<string, number> = { small: 24, medium: 32, large: 40 };
const INKS: Record<string, string> = { black: "#000000", grey: "#777777", white: "#ffffff", default: "#333333" };

const linksOf = (of: Wire) => (Array.isArray(of.subblocks) ? (of.subblocks as Wire[]) : []);
const nameOf = (link: Wire) => textAt(link, "label") || NAMES.get(textAt(link, "link_type")) || textAt(link, "link_type");

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  const size = SIZES[textAt(styles, "icon_size")] ?? 32;
  const ink = INKS[textAt(styles, "icon_color")] ?? INKS.default;
  const withLabels = at(of, "data", "properties", "show_labels") === true;
  const align = textAt(styles, "icon_align") || "center";
  return (
    <div style={{ textAlign: align as "center" }}>
      {linksOf(of).map((link, place) =>
        link.type === "social_link_spacer" ? (
          <span key={place} style={{ display: "inline-block", width: numberAt(link, "width") ?? 10 }} />
        ) : (
          <span key={place} style={{ display: "inline-block", margin: `0 ${(numberAt(styles, "icon_spacing") ?? 10) / 2}px` }}>
            <span
              style={{
                display: "inline-block", width: size, height: size, lineHeight: `${size}px`, borderRadius: "50%", textAlign: "center",
                background: ink, color: ink === "#ffffff" ? "#000000" : "#ffffff", fontSize: size * 0.45, fontWeight: 600,
              }}
            >
              {nameOf(link).slice(0, 1)}
            </span>
            {withLabels && <span style={{ marginLeft: 6, ...fontOf(styles, "label_") }}>{nameOf(link)}</span>}
          </span>
        ),
      )}
    </div>
  );
}

export const social: Kind = {
  label: "Social links",
  about: "Where else people find you",
  icon: IconShare,
  words: (of) => `Social links: ${linksOf(of).map(nameOf).filter(Boolean).join(", ") || "none"}`,
  start: () =>
    block(
      "social",
      {
        properties: { show_labels: false },
        styles: { icon_align: "center", icon_size: "medium", icon_color: "default", icon_spacing: 10, block_padding_top: 9, block_padding_bottom: 9 },
      },
      {
        subblocks: [
          { type: "social_link_icon", link_type: "instagram", label: "Instagram", link_url: "" },
          { type: "social_link_icon", link_type: "facebook", label: "Facebook", link_url: "" },
        ],
      },
    ),
  View,
  groups: [
    {
      title: "Links",
      fields: [
        {
          control: "items",
          label: "Links",
          path: ["subblocks"],
          kinds: {
            social_link_icon: {
              label: "Link",
              start: () => ({ type: "social_link_icon", link_type: "instagram", label: "Instagram", link_url: "" }),
              words: nameOf,
              fields: [
                { control: "choice", label: "Where", path: ["link_type"], options: NETWORKS },
                { control: "address", label: "Leads to", path: ["link_url"], placeholder: "https://" },
                { control: "text", label: "Name", path: ["label"] },
              ],
            },
          },
        },
        { control: "switch", label: "Show the names", path: property("show_labels") },
      ],
    },
    {
      title: "Look",
      fields: [
        { control: "choice", label: "Colour", path: style("icon_color"), options: [["default", "Default"], ["black", "Black"], ["grey", "Grey"], ["white", "White"]] },
        { control: "choice", label: "Size", path: style("icon_size"), options: [["small", "Small"], ["medium", "Medium"], ["large", "Large"]] },
        { control: "align", label: "Alignment", path: style("icon_align") },
        { control: "number", label: "Between them", path: style("icon_spacing"), min: 0, max: 80, unit: "px" },
        { control: "colour", label: "Colour of the names", path: style("label_color") },
        ...TEXT_LOOK("label_"),
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) =>
    linksOf(of).flatMap((link, place) =>
      link.type === "social_link_icon" && !textAt(link, "link_url").trim() ? [{ words: `${nameOf(link)} leads nowhere.`, path: ["subblocks", String(place), "link_url"] }] : [],
    ),
  offered: true,
};
