import { IconTicket } from "@tabler/icons-react";
import { borderOf, fontOf, spaceOf } from "../styles";
import { AROUND, at, block, BORDER, numberAt, property, SHOWN, style, TEXT_LOOK, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  return (
    <div style={{ textAlign: (textAt(styles, "text_align") || "center") as "center" }}>
      <span
        style={{
          display: "inline-block", background: textAt(styles, "background_color") || "#f3f3f3", borderRadius: numberAt(styles, "border_radius") ?? 0,
          ...borderOf(styles), ...spaceOf(styles, "inner_padding"), ...fontOf(styles),
        }}
      >
        {textAt(of, "data", "properties", "coupon") || textAt(of, "data", "content") || "A code of one's own"}
      </span>
    </div>
  );
}

/** Comes with templates made elsewhere, until there are coupons here. */
export const coupon: Kind = {
  label: "Coupon",
  about: "A code for each person",
  icon: IconTicket,
  words: (of) => `Coupon ${textAt(of, "data", "properties", "coupon")}`.trim(),
  start: () => block("coupon", { content: "", properties: { coupon: "" } }),
  View,
  groups: [
    { title: "Coupon", fields: [{ control: "text", label: "Name of the coupon", path: property("coupon") }, { control: "address", label: "Leads to", path: property("href") }] },
    { title: "Look", fields: [{ control: "colour", label: "Background", path: style("background_color") }, { control: "colour", label: "Colour", path: style("color") }, ...TEXT_LOOK(), ...BORDER()] },
    AROUND,
    SHOWN,
  ],
  offered: false,
};
