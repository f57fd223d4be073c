/** What models, touches and verdicts are called. */

import type { Touch, Window } from "./queries";

export const MODELS: Record<string, string> = {
  "last-touch": "Last touch",
  "first-touch": "First touch",
  linear: "Linear",
  "time-decay": "Time decay",
  "position-based": "Position based",
  "data-driven": "Data-driven",
};

export const WINDOWS: Record<string, string> = {
  email_click: "E-mail clicked",
  email_open: "E-mail opened",
  sms_click: "Text message clicked",
  sms_open: "Text message read",
  sms_receipt: "Text message received",
  push_open: "Push opened",
  whatsapp_click: "WhatsApp clicked",
  whatsapp_open: "WhatsApp read",
};

const CHANNELS: Record<string, string> = {
  email: "E-mail",
  sms: "SMS",
  push: "Push",
  "push-notification": "Push",
  whatsapp: "WhatsApp",
};

export const channelWords = (channel: string): string => CHANNELS[channel] ?? channel;

export const touchWords = ({ channel, kind }: Pick<Touch, "channel" | "kind">): string => `${channelWords(channel)} ${kind}`;

const VERDICTS: Record<string, string> = {
  open: "Its window was open",
  "window-closed": "Its window was shut",
  "kind-off": "Such touches are switched off",
  "bot-click": "Left out: a bot clicked",
  "machine-open": "Left out: a machine opened it",
  transactional: "Left out: a transactional message",
};

export const verdictWords = (verdict: string): string => VERDICTS[verdict] ?? verdict;

export function windowWords({ value, unit }: Window): string {
  return `${value} ${value === 1 ? unit.slice(0, -1) : unit}`;
}

/** "2 days 3 hours before", to the two largest units. */
export function ageWords(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3_600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).slice(0, 2);
  if (said.length === 0) return "less than a minute before";
  return `${said.map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ")} before`;
}
