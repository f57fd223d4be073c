/** Texts that people outside read: asked, seen before they are stored, and saved; and what they are called here. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ask, useFresh, useSend, type Answer, type AttributesOf } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Opened } from "../../../ui/form/useEdit";

type Preview = AttributesOf<"preview_consent_text">;
export type Language = Preview["language"];
export type Group = Preview["group"];
export type Draft = Record<string, string>;

export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch", fr: "Français", es: "Español", it: "Italiano" };

export const GROUPS: Record<Group, string> = {
  confirmation_mail: "Mail that asks to confirm",
  confirmation_page: "Page to confirm on",
  sign_up_page: "Page to sign up on",
  unsubscribe_page: "Page to unsubscribe on",
  preference_page: "Page of preferences",
  mail_links: "Links at the end of mails",
  text_answers: "Answers to STOP, HELP and START",
};

/** What a text is, by its group and name; where several groups have the same, by its name alone. */
const NAMES: Record<string, string> = {
  subject: "Subject",
  heading: "Heading",
  text: "Text",
  button: "Button",
  closing: "Below the button",
  done_heading: "Heading when it is done",
  done_text: "Text when it is done",
  expired_heading: "Heading of a link that is too old",
  expired_text: "Text of a link that is too old",
  field: "Field for the address",
  wrong_address: "For what is no address",
  next_heading: "Heading once a mail was sent",
  next_text: "Text once a mail was sent",
  reason: "Why the mail came",
  list_heading: "Heading for one list",
  list_text: "Text for one list",
  all_button: "Button to leave everything",
  choose_link: "Link to the preferences",
  left_heading: "Heading when one list was left",
  left_text: "Text when one list was left",
  again_button: "Button to subscribe again",
  channels: "Title of the channels",
  lists: "Title of the lists",
  email: "E-mail",
  sms: "Texts",
  whatsapp: "WhatsApp",
  nothing_button: "Button to leave everything",
  saved_heading: "Heading when it is saved",
  saved_text: "Text when it is saved",
  saved_nothing: "Text when nothing is left",
  saved_email: "E-mails, in that text",
  saved_sms: "Texts, in that text",
  saved_list: "A list, in that text",
  again_link: "Link to change them again",
  moved_heading: "Heading of a link to a former address",
  moved_text: "Text of a link to a former address",
  "mail_links.unsubscribe": "Unsubscribe",
  "mail_links.preferences": "Preferences",
  "mail_links.web_view": "View in the browser",
  "text_answers.stop": "To STOP",
  "text_answers.help": "To HELP",
  "text_answers.start": "To START",
};

export const nameOf = (group: Group, name: string): string => NAMES[`${group}.${name}`] ?? NAMES[name] ?? name;

const VIEWS: Record<string, string> = {
  mail: "The mail",
  asking: "Asking",
  asking_of_list: "Asking, of one list",
  done: "Done",
  expired: "Link too old",
  wrong_address: "No address",
  next: "Mail sent",
  left_list: "One list left",
  saved: "Saved",
  saved_nothing: "Saved, nothing left",
  moved: "Former address",
  stop: "To STOP",
  help: "To HELP",
  start: "To START",
};

export const viewName = (name: string): string => VIEWS[name] ?? name;

const question = (language: Language, group: Group) => ask("get_consent_text", { path: { id: `${language}:${group}` } });

export function useTexts(language: Language, group: Group) {
  return useQuery(question(language, group));
}

export const useFreshTexts = (language: Language, group: Group) => useFresh(question(language, group));

export function openedOf(document: Answer<"get_consent_text">): Opened<Draft> {
  const values = Object.fromEntries(document.data.attributes.texts.map(({ name, text }) => [name, text]));
  return { values, version: versionOf(document) };
}

export function useSaveTexts(id: string) {
  return useSend("update_consent_text", ({ texts, version }: { texts: Draft; version: string | undefined }) => ({
    path: { id },
    version,
    data: { type: "consent-text", id, attributes: { texts } } as never,
  }));
}

/** Drawn by the server; what it shows stays until it has drawn the next. */
export function usePreview(language: Language, group: Group, texts: Draft) {
  return useQuery({
    ...ask("preview_consent_text", { data: { type: "consent-text-preview", attributes: { language, group, texts } } as never }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
}
