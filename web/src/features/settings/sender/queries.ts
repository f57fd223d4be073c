/** The imprint and where answers go: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { ask, useFresh, useSend, type Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

type Document = Answer<"get_sender_settings">;

export interface Draft {
  /** empty: to the sender of the message */
  default_reply_to: string;
  imprint: Document["data"]["attributes"]["imprint"];
}

export const useSender = () => useQuery(ask("get_sender_settings"));

export const useFreshSender = () => useFresh(ask("get_sender_settings"));

export function openedOf(document: Document): Opened<Draft> {
  const { default_reply_to, imprint } = document.data.attributes;
  return { values: { default_reply_to: default_reply_to ?? "", imprint }, version: versionOf(document) };
}

export const useSaveSender = () =>
  useSend("update_sender_settings", ({ changes, version }: Change<Draft>) => ({
    version,
    data: { type: "sender-settings", attributes: changes } as never,
  }));
