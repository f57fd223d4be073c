/** Tracking parameters: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

export type Setting = AttributesOf<"get_tracking_setting">;
export const NAMES = ["utm_source", "utm_medium", "utm_campaign", "utm_id", "utm_term"] as const;
export type Name = (typeof NAMES)[number];
export type Side = "campaign" | "flow";
/** `kind`: none, static (then `text`), or what is known at sending. */
export interface Value {
  kind: string;
  text: string;
}
export type Parameter = Record<Side, Value>;
export type Draft = Record<Name, Parameter> & { auto_add_parameters: boolean; custom_parameters: (Parameter & { name: string })[] };

export const NOTHING: Value = { kind: "none", text: "" };

export function useTracking() {
  const { account_id: id } = useAccount();
  return useQuery(ask("get_tracking_setting", { path: { id } }));
}

interface Part {
  type: string;
  value: string;
}
type Parts = Partial<Record<Side, Part | undefined>>;

const valueOf = (part: Part | undefined): Value =>
  part === undefined ? NOTHING : part.type === "static" ? { kind: "static", text: part.value } : { kind: part.value, text: "" };

const parameterOf = (parts: Parts | null | undefined): Parameter => ({
  campaign: valueOf(parts?.campaign),
  flow: valueOf(parts?.flow),
});

export function draftOf(setting: Setting): Draft {
  const named = Object.fromEntries(NAMES.map((name) => [name, parameterOf(setting[name] as Parts | null)])) as Record<Name, Parameter>;
  const own = setting.custom_parameters ?? [];
  return {
    ...named,
    auto_add_parameters: setting.auto_add_parameters,
    custom_parameters: own.map((one) => ({ name: one.name, ...parameterOf(one as Parts) })),
  };
}

function partOf({ kind, text }: Value): Part | undefined {
  if (kind === "none") return undefined;
  return kind === "static" ? { type: "static", value: text } : { type: "dynamic", value: kind };
}

/** What has no value on a side is left out there. */
function partsOf({ campaign, flow }: Parameter): Parts {
  return { campaign: partOf(campaign), flow: partOf(flow) };
}

function saidOf(draft: Draft) {
  const named = Object.fromEntries(NAMES.map((name) => [name, partsOf(draft[name])]));
  return {
    ...named,
    auto_add_parameters: draft.auto_add_parameters,
    custom_parameters: draft.custom_parameters.map((one) => ({ name: one.name.trim(), ...partsOf(one) })),
  };
}

export function useSaveTracking() {
  const { account_id: id } = useAccount();
  return useSend("update_tracking_setting", (draft: Draft) => ({
    path: { id },
    data: { type: "tracking-setting", id, attributes: saidOf(draft) } as never,
  }));
}
