/** A definition in the look of the brand: its fonts, the colours of its words, and its buttons. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../api/account";
import { ask, type AttributesOf } from "../../api/ask";
import { useMay } from "../../api/session";
import { at } from "./blocks/kind";
import type { Wire } from "./tree";

type Button = AttributesOf<"get_brand_buttons">;
type Email = AttributesOf<"get_brand_email_default">;

export interface Brand {
  readonly email: Email | undefined;
  /** the primary one, if the account has made any */
  readonly button: Button | undefined;
}

/** What the account has said of its brand; nothing where it has said nothing yet. */
export function useBrand(): Brand {
  const { account_id: id } = useAccount();
  const may = useMay("get_brand_buttons");
  const buttons = useQuery({ ...ask("get_brand_buttons"), enabled: may }).data?.data.map(({ attributes }) => attributes) ?? [];
  const email = useQuery({ ...ask("get_brand_email_default", { path: { id } }), enabled: may }).data?.data.attributes;
  return { email, button: buttons.find(({ is_primary: isPrimary }) => isPrimary) ?? buttons[0] };
}

export function branded(definition: Wire, { email, button }: Brand): Wire {
  const look = button && lookOf(button);
  const styles = Array.isArray(definition.styles) ? (definition.styles as Wire[]) : [];
  const body = look ? (dressed(definition.body, look) as Wire) : definition.body;
  return { ...definition, body, styles: email ? styles.map((each) => ({ ...each, styles: { ...(each.styles as Wire), ...wordsOf(String(each.style_type), email) } })) : styles };
}

function wordsOf(type: string, { body }: Email): Wire {
  const heading = /^heading-([1-4])-styles$/.exec(type);
  const text = heading ? at(body, `h${heading[1]}_text`) : type === "text-styles" ? body.text : type === "link-styles" ? body.link_text : undefined;
  if (!text) return {};
  const { color, font_family: family } = text as { color?: string; font_family?: string };
  return { ...(color ? { color } : {}), ...(family && type !== "link-styles" ? { font_family: family } : {}) };
}

function lookOf({ style, border, spacing, text }: Button): Wire {
  return {
    background_color: style.background_color,
    border_radius: style.border_radius,
    border_style: border.is_border_active ? border.border_style : "none",
    border_width: border.border_width,
    border_color: border.border_color,
    color: text.color,
    font_family: text.font_family,
    font_size: text.font_size,
    font_style: text.font_style,
    font_weight: String(text.font_weight),
    inner_padding_top: spacing.padding_top,
    inner_padding_right: spacing.padding_right,
    inner_padding_bottom: spacing.padding_bottom,
    inner_padding_left: spacing.padding_left,
  };
}

/** Every button within. */
function dressed(value: unknown, look: Wire): unknown {
  if (Array.isArray(value)) return value.map((each) => dressed(each, look));
  if (value === null || typeof value !== "object") return value;
  const wire = value as Wire;
  if (wire.type === "button" && wire.content_type === "block") {
    const data = wire.data as Wire;
    return { ...wire, data: { ...data, styles: { ...(data.styles as Wire), ...look } } };
  }
  return Object.fromEntries(Object.entries(wire).map(([name, each]) => [name, dressed(each, look)]));
}
