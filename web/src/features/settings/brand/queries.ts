/** The brand: what it is made of, and what changes it. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useSend, type AttributesOf, type OperationId, type ResourceOf } from "../../../api/ask";
import { refOf } from "../../../api/records";

export type Logo = ResourceOf<"get_brand_logos">;
export type Palette = ResourceOf<"get_brand_colors">;
export type Button = ResourceOf<"get_brand_buttons">;
export type SocialGroup = ResourceOf<"get_brand_social_groups">;
export type ButtonLook = Pick<AttributesOf<"get_brand_buttons">, "style" | "border" | "spacing" | "text">;
export type Voice = AttributesOf<"get_brand_voice">;
export type EmailDefaults = AttributesOf<"get_brand_email_default">;
export type TextStyle = EmailDefaults["body"]["text"];
export type LinkStyle = EmailDefaults["body"]["link_text"];

export const useLogos = () => useQuery(ask("get_brand_logos", { query: { include: "image" } }));
export const usePalettes = () => useQuery(ask("get_brand_colors"));
export const useButtons = () => useQuery(ask("get_brand_buttons"));
export const useSocialGroups = () => useQuery(ask("get_brand_social_groups"));

export function useVoice() {
  const { account_id: id } = useAccount();
  return useQuery(ask("get_brand_voice", { path: { id } }));
}

export function useEmailDefaults() {
  const { account_id: id } = useAccount();
  return useQuery(ask("get_brand_email_default", { path: { id } }));
}

/** Each logo with the address of its image. */
export function useDrawnLogos() {
  const query = useLogos();
  const included = (query.data as { included?: { type: string; id: string; attributes: { image_url?: string } }[] } | undefined)?.included;
  const urls = new Map((included ?? []).map((one) => [one.id, one.attributes.image_url]));
  const logos = query.data?.data.map((logo) => ({ logo, url: urls.get(refOf(logo as never, "image")?.id ?? "") ?? null }));
  return { ...query, logos };
}

export type Kind = "brand-logo" | "brand-color" | "brand-button" | "brand-social-group";
type Of<Kinds extends Kind> = Kinds extends "brand-logo"
  ? "brand_logo"
  : Kinds extends "brand-color"
    ? "brand_color"
    : Kinds extends "brand-button"
      ? "brand_button"
      : "brand_social_group";

/** Makes one where `id` is undefined, and changes it otherwise. */
export function useSaveThing<Attributes extends object>(kind: Kind, id: string | undefined) {
  const noun = kind.replaceAll("-", "_") as Of<Kind>;
  const operation: OperationId = id === undefined ? `create_${noun}` : `update_${noun}`;
  return useSend(operation, (attributes: Attributes) => ({
    path: id === undefined ? {} : { id },
    data: { type: kind, ...(id === undefined ? {} : { id }), attributes } as never,
  }));
}

export function useDeleteThing(kind: Kind, id: string) {
  const operation: OperationId = `delete_${kind.replaceAll("-", "_") as Of<Kind>}`;
  return useSend(operation, () => ({ path: { id } }), "active");
}

/** A logo of an image that is there. */
export const useAddLogo = () =>
  useSend("create_brand_logo", ({ name, image }: { name: string; image: string }) => ({
    data: { type: "brand-logo", attributes: { name }, relationships: { image: { data: { type: "image", id: image } } } } as never,
  }));

export function useSaveVoice() {
  const { account_id: id } = useAccount();
  return useSend("update_brand_voice", ({ tone_descriptors, language_patterns }: Pick<Voice, "tone_descriptors" | "language_patterns">) => ({
    path: { id },
    data: { type: "brand-voice", id, attributes: { tone_descriptors, language_patterns } } as never,
  }));
}

/** What the e-mail defaults point at; null = nothing. */
export const POINTS = { logo: "brand-logo", button: "brand-button", social: "brand-social-group" } as const;
export type Points = Record<keyof typeof POINTS, string | null>;

export interface EmailDraft extends EmailDefaults {
  points: Points;
}

export function useSaveEmailDefaults() {
  const { account_id: id } = useAccount();
  return useSend("update_brand_email_default", ({ points, body, header, footer }: EmailDraft) => {
    const linked = (Object.keys(POINTS) as (keyof Points)[]).map((name) => {
      const to = points[name];
      return [POINTS[name], { data: to === null ? null : { type: POINTS[name], id: to } }];
    });
    return {
      path: { id },
      data: {
        type: "brand-email-default",
        id,
        attributes: { body, header, footer },
        relationships: Object.fromEntries(linked),
      } as never,
    };
  });
}

/** A style as the browser draws it. */
export function cssOf(style: TextStyle | LinkStyle) {
  const spacing = style.letter_spacing;
  return {
    color: style.color,
    fontSize: style.font_size ?? undefined,
    fontStyle: style.font_style,
    fontFamily: style.font_family ?? undefined,
    fontWeight: style.font_weight ?? undefined,
    letterSpacing: spacing ?? undefined,
    textDecoration: style.text_decoration || "none",
  };
}
