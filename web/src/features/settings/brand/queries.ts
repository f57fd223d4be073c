/** The brand: what it is made of, and what changes it. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useFresh, useSend, type Answer, type AttributesOf, type OperationId, type ResourceOf } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import { refOf } from "../../../api/records";
import { nested } from "../../../ui/form/flat";
import type { Values } from "../../../ui/form/join";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

export type Logo = ResourceOf<"get_brand_logos">;
export type Palette = ResourceOf<"get_brand_colors">;
export type Button = ResourceOf<"get_brand_buttons">;
export type SocialGroup = ResourceOf<"get_brand_social_groups">;
export type ButtonLook = Pick<AttributesOf<"get_brand_buttons">, "style" | "border" | "spacing" | "text">;
export type Voice = Pick<AttributesOf<"get_brand_voice">, "tone_descriptors" | "language_patterns">;
export type EmailDefaults = AttributesOf<"get_brand_email_default">;
export type TextStyle = EmailDefaults["body"]["text"];
export type LinkStyle = EmailDefaults["body"]["link_text"];

export const useLogos = () => useQuery(ask("get_brand_logos", { query: { include: "image" } }));
export const usePalettes = () => useQuery(ask("get_brand_colors"));
export const useButtons = () => useQuery(ask("get_brand_buttons"));
export const useSocialGroups = () => useQuery(ask("get_brand_social_groups"));

const voice = (id: string) => ask("get_brand_voice", { path: { id } });
const emailDefaults = (id: string) => ask("get_brand_email_default", { path: { id } });

export const useVoice = () => useQuery(voice(useAccount().account_id));
export const useFreshVoice = () => useFresh(voice(useAccount().account_id));
export const useEmailDefaults = () => useQuery(emailDefaults(useAccount().account_id));
export const useFreshEmailDefaults = () => useFresh(emailDefaults(useAccount().account_id));

/** Each logo with the address of its image. */
export function useDrawnLogos() {
  const query = useLogos();
  const included = (query.data as { included?: { type: string; id: string; attributes: { image_url?: string } }[] } | undefined)?.included;
  const urls = new Map((included ?? []).map((one) => [one.id, one.attributes.image_url]));
  const logos = query.data?.data.map((logo) => ({ logo, url: urls.get(refOf(logo as never, "image")?.id ?? "") ?? null }));
  return { ...query, logos };
}

const NOUNS = {
  "brand-logo": "brand_logo",
  "brand-color": "brand_color",
  "brand-button": "brand_button",
  "brand-social-group": "brand_social_group",
} as const;
export type Kind = keyof typeof NOUNS;
interface Things {
  "brand-logo": Logo;
  "brand-color": Palette;
  "brand-button": Button;
  "brand-social-group": SocialGroup;
}
/** One thing, alone. */
export interface Thing<Of extends Kind> {
  data: Things[Of];
}

/** The thing as it is now, whatever is kept of it. */
export const useFreshThing = <Of extends Kind>(kind: Of, id: string) =>
  useFresh(ask<OperationId, Thing<Of>>(`get_${NOUNS[kind]}`, { path: { id } }));

/** Makes one where `id` is undefined, and changes it otherwise. What is empty is nothing. */
export function useSaveThing<Of extends Kind, Draft extends object = object>(kind: Of, id: string | undefined) {
  const operation: OperationId = id === undefined ? `create_${NOUNS[kind]}` : `update_${NOUNS[kind]}`;
  const save = useSend(operation, ({ changes, version }: Change<Draft>) => {
    const attributes = Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value === "" ? null : (value as unknown)]));
    return { path: id === undefined ? {} : { id }, version, data: { type: kind, ...(id === undefined ? {} : { id }), attributes } as never };
  });
  return { ...save, mutateAsync: save.mutateAsync as unknown as (change: Change<Draft>) => Promise<Thing<Of>> };
}

export function useDeleteThing(kind: Kind, id: string) {
  const operation: OperationId = `delete_${NOUNS[kind]}`;
  return useSend(operation, () => ({ path: { id } }), "active");
}

/** A logo of an image that is there. */
export const useAddLogo = () =>
  useSend("create_brand_logo", ({ name, image }: { name: string; image: string }) => ({
    data: { type: "brand-logo", attributes: { name }, relationships: { image: { data: { type: "image", id: image } } } } as never,
  }));

export function openedVoice(document: Answer<"get_brand_voice">): Opened<Voice> {
  const { tone_descriptors, language_patterns } = document.data.attributes;
  return { values: { tone_descriptors, language_patterns }, version: versionOf(document) };
}

export function useSaveVoice() {
  const { account_id: id } = useAccount();
  return useSend("update_brand_voice", ({ changes, version }: Change<Voice>) => ({
    path: { id },
    version,
    data: { type: "brand-voice", id, attributes: changes } as never,
  }));
}

/** What the e-mail defaults point at; null = nothing. */
export const POINTS = { logo: "brand-logo", button: "brand-button", social: "brand-social-group" } as const;
export type Points = Record<keyof typeof POINTS, string | null>;

export interface EmailDraft extends Pick<EmailDefaults, "body" | "header" | "footer"> {
  points: Points;
}

export function openedEmail(document: Answer<"get_brand_email_default">): Opened<EmailDraft> {
  const { body, header, footer } = document.data.attributes;
  const to = (name: keyof Points) => refOf(document.data as never, POINTS[name])?.id ?? null;
  return { values: { body, header, footer, points: { logo: to("logo"), button: to("button"), social: to("social") } }, version: versionOf(document) };
}

/** What lies in a block is a field, and a style is saved whole. */
export const EMAIL_PARTS = {
  flat: (draft: EmailDraft): Values =>
    Object.fromEntries(Object.entries(draft).flatMap(([block, fields]) => Object.entries(fields as Values).map(([name, value]) => [`${block}.${name}`, value]))),
  nested,
};

export function useSaveEmailDefaults() {
  const { account_id: id } = useAccount();
  return useSend("update_brand_email_default", ({ changes: { points, ...attributes }, version }: Change<EmailDraft>) => {
    const linked = (Object.entries(points ?? {}) as [keyof Points, string | null][]).map(([name, to]) => [
      POINTS[name],
      { data: to === null ? null : { type: POINTS[name], id: to } },
    ]);
    const relationships = linked.length > 0 ? { relationships: Object.fromEntries(linked) as object } : {};
    return { path: { id }, version, data: { type: "brand-email-default", id, attributes, ...relationships } as never };
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
