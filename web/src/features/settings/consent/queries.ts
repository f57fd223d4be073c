/** Rules of consent: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

type Settings = AttributesOf<"get_consent_settings">;

export interface Draft {
  opt_in_process: Settings["opt_in_process"];
  subscribed_only: boolean;
  global_unsubscribe: boolean;
  exact_opt_out: boolean;
  /** empty: nobody is asked */
  minimum_age: number | "";
}

export function useConsent() {
  return useQuery(ask("get_consent_settings", {}));
}

export function draftOf(settings: Settings): Draft {
  const { opt_in_process, subscribed_only, global_unsubscribe, exact_opt_out, minimum_age } = settings;
  return { opt_in_process, subscribed_only, global_unsubscribe, exact_opt_out, minimum_age: minimum_age ?? "" };
}

export function useSaveConsent() {
  return useSend("update_consent_settings", ({ minimum_age, ...rules }: Draft) => ({
    data: { type: "consent-settings", attributes: { ...rules, minimum_age: minimum_age === "" ? null : minimum_age } } as never,
  }));
}
