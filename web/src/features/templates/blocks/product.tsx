import { IconShoppingBag } from "@tabler/icons-react";
import { Placeholder } from "../edit/Placeholder";
import type { Wire } from "../tree";
import { AROUND, at, block, numberAt, property, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

const productsOf = (of: Wire) => (Array.isArray(of.subblocks) ? (of.subblocks as Wire[]) : []);
const titleOf = (product: Wire) => textAt(product, "title") || textAt(product, "name") || "Product";

function View({ of }: ViewProps) {
  const styles = at(of, "data", "styles");
  if (at(of, "data", "properties", "dynamic") === true)
    return <Placeholder icon={IconShoppingBag}>Products of the feed {textAt(of, "data", "properties", "feed") || "(none chosen)"}</Placeholder>;
  const products = productsOf(of);
  if (products.length === 0) return <Placeholder icon={IconShoppingBag}>Add a product</Placeholder>;
  return (
    <div style={{ display: "grid", gap: 18, gridTemplateColumns: `repeat(${Math.min(numberAt(styles, "num_columns") ?? 2, products.length)}, 1fr)`, textAlign: "center" }}>
      {products.map((product, place) => (
        <div key={place}>
          {textAt(product, "image_url") && <img src={textAt(product, "image_url")} alt={titleOf(product)} style={{ maxWidth: "100%" }} />}
          <div style={{ fontWeight: 600 }}>{titleOf(product)}</div>
          <div>{textAt(product, "price")}</div>
          {at(of, "data", "properties", "show_button") === true && <div>{textAt(product, "button_text") || "Shop now"}</div>}
        </div>
      ))}
    </div>
  );
}

export const product: Kind = {
  label: "Products",
  about: "Pictures, names and prices that you type in",
  icon: IconShoppingBag,
  words: (of) => `Products: ${productsOf(of).map(titleOf).join(", ") || (at(of, "data", "properties", "dynamic") === true ? "from a feed" : "none")}`,
  start: () =>
    block(
      "product",
      {
        properties: { dynamic: false, show_title: true, show_price: true, show_button: true },
        styles: { num_columns: 2, layout: "horizontal", block_padding_top: 9, block_padding_bottom: 9, block_padding_left: 18, block_padding_right: 18 },
      },
      { subblocks: [] },
    ),
  View,
  groups: [
    {
      title: "Products",
      fields: [
        {
          control: "items",
          label: "Products",
          path: ["subblocks"],
          kinds: {
            product: {
              label: "Product",
              start: () => ({ type: "product", title: "A product", price: "", image_url: "", link: "", button_text: "Shop now" }),
              words: titleOf,
              fields: [
                { control: "text", label: "Name", path: ["title"] },
                { control: "text", label: "Price", path: ["price"] },
                { control: "image", label: "Picture", path: ["image_url"] },
                { control: "address", label: "Leads to", path: ["link"], placeholder: "https://" },
                { control: "text", label: "Words on the button", path: ["button_text"] },
              ],
            },
          },
        },
        { control: "switch", label: "Show names", path: property("show_title") },
        { control: "switch", label: "Show prices", path: property("show_price") },
        { control: "switch", label: "Show buttons", path: property("show_button") },
        { control: "number", label: "Columns", path: style("num_columns"), min: 1, max: 4 },
        { control: "colour", label: "Colour of the buttons", path: style("button_background_color") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => (at(of, "data", "properties", "dynamic") !== true && productsOf(of).length === 0 ? [{ words: "There is no product in this block.", path: ["subblocks"] }] : []),
  offered: true,
};
