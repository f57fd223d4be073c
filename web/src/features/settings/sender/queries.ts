/** The imprint and where answers go: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

type Settings = AttributesOf<"get_sender_settings">;

export interface Draft {
  /** empty: to the sender of the message */
  default_reply_to: string;
  imprint: Settings["imprint"];
}

export function useSender() {
  return useQuery(ask("get_sender_settings"));
}

export function draftOf({ default_reply_to, imprint }: Settings): Draft {
  return { default_reply_to: default_reply_to ?? "", imprint };
}

/** Sends what differs from `base`, which was read or saved here last, so that what others change meanwhile stays. */
export function useSaveSender(base: Draft) {
  return useSend("update_sender_settings", ({ default_reply_to, imprint }: Draft) => {
    const changed = Object.entries(imprint).filter(([name, text]) => text !== base.imprint[name as keyof Draft["imprint"]]);
    const attributes = {
      ...(default_reply_to === base.default_reply_to ? {} : { default_reply_to: default_reply_to || null }),
      ...(changed.length > 0 ? { imprint: Object.fromEntries(changed) } : {}),
    };
    return { data: { type: "sender-settings", attributes } as never };
  });
}
