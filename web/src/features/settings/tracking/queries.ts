/** Tracking parameters: as the API has them, and as the form holds them. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useFresh, useSend, type Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Values } from "../../../ui/form/join";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

type Document = Answer<"get_tracking_setting">;
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

const question = (id: string) => ask("get_tracking_setting", { path: { id } });

export const useTracking = () => useQuery(question(useAccount().account_id));

export const useFreshTracking = () => useFresh(question(useAccount().account_id));

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

export function openedOf(document: Document): Opened<Draft> {
  const setting = document.data.attributes;
  const named = Object.fromEntries(NAMES.map((name) => [name, parameterOf(setting[name] as Parts | null)])) as Record<Name, Parameter>;
  const own = setting.custom_parameters ?? [];
  const values = {
    ...named,
    auto_add_parameters: setting.auto_add_parameters,
    custom_parameters: own.map((one) => ({ name: one.name, ...parameterOf(one as Parts) })),
  };
  return { values, version: versionOf(document) };
}

function partOf({ kind, text }: Value): Part | undefined {
  if (kind === "none") return undefined;
  return kind === "static" ? { type: "static", value: text } : { type: "dynamic", value: kind };
}

/** What has no value on a side is left out there. */
function partsOf({ campaign, flow }: Parameter): Parts {
  return { campaign: partOf(campaign), flow: partOf(flow) };
}

function saidOf({ auto_add_parameters: isAutomatic, custom_parameters: own, ...named }: Partial<Draft>) {
  return {
    ...Object.fromEntries(Object.entries(named).map(([name, parameter]) => [name, partsOf(parameter)])),
    ...(isAutomatic === undefined ? {} : { auto_add_parameters: isAutomatic }),
    ...(own === undefined ? {} : { custom_parameters: own.map((one) => ({ name: one.name.trim(), ...partsOf(one) })) }),
  };
}

/** A parameter is one field, for it is saved whole, and so are those of the account's own together. */
export const PARTS = {
  flat: (draft: Draft): Values => ({ ...draft }),
  nested: (fields: Values, names: readonly string[] = Object.keys(fields)): Values => Object.fromEntries(names.map((name) => [name, fields[name]])),
};

export function useSaveTracking() {
  const { account_id: id } = useAccount();
  return useSend("update_tracking_setting", ({ changes, version }: Change<Draft>) => ({
    path: { id },
    version,
    data: { type: "tracking-setting", id, attributes: saidOf(changes) } as never,
  }));
}
