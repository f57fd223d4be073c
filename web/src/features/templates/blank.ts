/** The definition that an empty template begins with: its styles, and one section that anybody may leave by. */

import { block } from "./blocks/kind";
import { text } from "./blocks/text";
import type { Wire } from "./tree";

const INK = "#222222";
const FONT = "Arial, Helvetica, sans-serif";

const heading = (level: number, size: number): Wire => ({
  style_type: `heading-${level}-styles`,
  styles: { color: INK, font_family: FONT, font_size: size, font_weight: "700", line_height: 1.2, margin_bottom: 12, text_align: "left" },
});

/** A section with one column. */
export const sectionWire = (...blocks: Wire[]): Wire => ({
  content_type: "section",
  type: "section",
  data: { properties: {}, display_options: {}, styles: { content_color: "#ffffff" } },
  rows: [{ data: { styles: { column_layout: "1-column-full-width" } }, columns: [{ data: {}, blocks }] }],
});

const PAD = { block_padding_top: 18, block_padding_bottom: 18, block_padding_left: 18, block_padding_right: 18 };

export const BLANK: Wire = {
  body: {
    properties: {},
    styles: { background_color: "#f4f4f4", width: 600 },
    sections: [
      sectionWire(text.start()),
      sectionWire(
        block("text", {
          content: "<p>{{ organization.name }}<br>{{ organization.full_address }}</p><p>{% unsubscribe %}</p>",
          styles: { ...PAD, color: "#555555", font_size: 12, text_align: "center" },
        }),
      ),
    ],
  },
  styles: [
    { style_type: "base-styles", properties: {}, styles: { content_background_color: "#ffffff" } },
    { style_type: "text-styles", styles: { color: INK, font_family: FONT, font_size: 16, line_height: 1.5, text_align: "left" } },
    heading(1, 32),
    heading(2, 24),
    heading(3, 20),
    heading(4, 18),
    { style_type: "link-styles", styles: { color: "#14523d", text_decoration: "underline" } },
    { style_type: "mobile-styles", properties: {}, styles: {} },
  ],
};
