/** What was written and is not on the server yet, kept in this browser until it is. */

import { same } from "../../../ui/form/join";
import type { Draft } from "./document";

export interface Kept {
  /** milliseconds */
  at: number;
  base: Draft;
  draft: Draft;
}

const nameOf = (account: string, campaign: string) => `rapport.campaign.${account}.${campaign}`;

export function keep(account: string, campaign: string, unsent: { base: Draft; draft: Draft } | null): void {
  try {
    if (unsent === null) localStorage.removeItem(nameOf(account, campaign));
    else localStorage.setItem(nameOf(account, campaign), JSON.stringify({ at: Date.now(), ...unsent } satisfies Kept));
  } catch {
    // a browser that keeps nothing still has it on the screen
  }
}

/** What an earlier visit left, unless the server has it by now. */
export function keptOf(account: string, campaign: string, now: Draft): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(account, campaign)) ?? "null") as Kept | null;
    return kept && !same(kept.draft, now) ? kept : null;
  } catch {
    return null;
  }
}
