/** Rules of consent: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { ask, useFresh, useSend, type Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

type Document = Answer<"get_consent_settings">;

export interface Draft {
  opt_in_process: Document["data"]["attributes"]["opt_in_process"];
  subscribed_only: boolean;
  global_unsubscribe: boolean;
  exact_opt_out: boolean;
  /** empty: nobody is asked */
  minimum_age: number | "";
}

export const useConsent = () => useQuery(ask("get_consent_settings"));

export const useFreshConsent = () => useFresh(ask("get_consent_settings"));

export function openedOf(document: Document): Opened<Draft> {
  const { opt_in_process, subscribed_only, global_unsubscribe, exact_opt_out, minimum_age } = document.data.attributes;
  const values = { opt_in_process, subscribed_only, global_unsubscribe, exact_opt_out, minimum_age: minimum_age ?? ("" as const) };
  return { values, version: versionOf(document) };
}

export const useSaveConsent = () =>
  useSend("update_consent_settings", ({ changes, version }: Change<Draft>) => ({
    version,
    data: { type: "consent-settings", attributes: { ...changes, ...(changes.minimum_age === "" ? { minimum_age: null } : {}) } } as never,
  }));
