import type { Draft, ImportKind } from "./queries";

const IDENTIFIERS = ["id", "external_id", "email", "phone_number", "anonymous_id"];

/** What is still to be said before the file can be checked, each as a sentence. */
export function gapsOf(kind: ImportKind, { mapping, options }: Draft): string[] {
  const targets = Object.values(mapping);
  const gaps: string[] = [];
  if (!targets.some((target) => IDENTIFIERS.includes(target))) gaps.push("Say which column names the people: an e-mail address, a telephone number or a customer number.");
  return [...gaps, ...(kind === "profiles" ? gapsOfPeople(options) : gapsOfEvents(targets, options))];
}

function gapsOfPeople({ new_list, consent }: Draft["options"]): string[] {
  const gaps: string[] = [];
  if (new_list?.trim() === "") gaps.push("Give the new list a name.");
  const isAboutChannels = consent?.status === "subscribed" || consent?.status === "unsubscribed";
  if (isAboutChannels && consent.channels?.length === 0) gaps.push("Say which channels it is about.");
  if (consent?.status !== "subscribed") return gaps;
  if (!consent.consented_at) gaps.push("Say when these people agreed.");
  if (!consent.source?.trim()) gaps.push("Say where these people agreed.");
  return gaps;
}

function gapsOfEvents(targets: string[], { metric }: Draft["options"]): string[] {
  const gaps: string[] = [];
  if (!targets.includes("time")) gaps.push("Say which column holds when it happened.");
  if (!metric?.trim() && !targets.includes("metric")) gaps.push("Say what happened.");
  return gaps;
}
