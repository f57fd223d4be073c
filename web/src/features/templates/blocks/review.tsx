import { IconStars } from "@tabler/icons-react";
import { fontOf } from "../styles";
import { AROUND, at, block, numberAt, plain, property, SHOWN, style, TEXT_LOOK, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const own = at(of, "data", "properties");
  const styles = at(of, "data", "styles");
  const stars = Math.max(0, Math.min(5, numberAt(own, "stars") ?? 5));
  return (
    <div style={{ textAlign: (textAt(styles, "quote_align") || "center") as "center" }}>
      {at(own, "show_rating") !== false && <div style={{ color: textAt(styles, "star_color") || "#c47f00" }}>{"★".repeat(stars) + "☆".repeat(5 - stars)}</div>}
      <div style={fontOf(styles, "quote_")}>{textAt(own, "quote") || textAt(own, "quote_placeholder") || "What somebody said"}</div>
      {at(own, "show_reviewer_name") !== false && <div style={fontOf(styles, "author_")}>{textAt(own, "author") || textAt(own, "author_placeholder")}</div>}
    </div>
  );
}

export const review: Kind = {
  label: "Review",
  about: "What a customer said",
  icon: IconStars,
  words: (of) => `Review “${plain(textAt(of, "data", "properties", "quote")) || "empty"}”`,
  start: () =>
    block("review", {
      properties: { dynamic: false, author: "A customer", quote: "What they said about it.", stars: 5, show_rating: true, show_reviewer_name: true },
      styles: { quote_align: "center", author_align: "center", block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 },
    }),
  View,
  groups: [
    {
      title: "Review",
      fields: [
        { control: "lines", label: "What they said", path: property("quote") },
        { control: "text", label: "Who said it", path: property("author") },
        { control: "number", label: "Stars", path: property("stars"), min: 1, max: 5 },
        { control: "switch", label: "Show the stars", path: property("show_rating") },
        { control: "switch", label: "Show who said it", path: property("show_reviewer_name") },
      ],
    },
    { title: "Look", fields: [{ control: "colour", label: "Colour of the stars", path: style("star_color") }, { control: "align", label: "Alignment", path: style("quote_align") }, ...TEXT_LOOK("quote_")] },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => (textAt(of, "data", "properties", "quote").trim() || at(of, "data", "properties", "dynamic") === true ? [] : [{ words: "This review has no words.", path: property("quote") }]),
  offered: true,
};
