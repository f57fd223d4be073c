/** Attribution: all models beside each other, the settings, and an order's story. */

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { ask, askPages, useFresh, useSend, type Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import { LIVE, MINUTE } from "../../../api/pace";
import { rowsOf } from "../../../api/records";
import type { One } from "../../../api/types";
import { nested } from "../../../ui/form/flat";
import type { Values } from "../../../ui/form/join";
import type { Opened } from "../../../ui/form/useEdit";

export interface Window {
  value: number;
  unit: "days" | "hours";
}

export type Windows = Record<string, Window | null>;

/** What is the same for every model. */
export interface Rules {
  windows: Windows;
  exclude_bot_clicks: boolean;
  exclude_machine_opens: boolean;
  exclude_transactional: boolean;
  subtract_refunds: boolean;
  time_decay_half_life: Window;
  position_weights: Weights;
}

/** Percent, 100 in all. */
export interface Weights {
  first: number;
  middle: number;
  last: number;
}

export interface Settings extends Rules {
  model: string;
}

/** One number for each interval. */
export interface Figures {
  conversions: number[];
  conversion_value: number[];
}

export interface ModelReport {
  results: { groupings: Record<string, string | null>; models: Record<string, Figures | null> }[];
  totals: Figures;
  unmatched_refunds: { count: number; value: number };
  data_driven: { status: string; paths: number; needed: number };
  currency: string;
  date_times: string[];
}

export interface Touch {
  event_id: string;
  channel: string;
  kind: string;
  datetime: string;
  age_seconds: number;
  window: Window | null;
  window_closes: string | null;
  verdict: string;
  campaign: { id: string; name: string } | null;
  flow: { id: string; name: string } | null;
  models: Record<string, { share: number; value: number | null } | null>;
}

export interface Story {
  metric: string;
  profile_id: string | null;
  datetime: string;
  value: number | null;
  value_left: number | null;
  value_currency: string;
  model: string;
  is_conversion: boolean;
  is_taken_back: boolean;
  touches: Touch[];
  refunds: { event_id: string; datetime: string; value: number | null }[];
  refund_of: { matched: boolean; event_id: string | null } | null;
  data_driven: ModelReport["data_driven"];
}

/** Looked at as long as the history is credited anew; then everything that is shown is asked again. */
export function useSettings() {
  const client = useQueryClient();
  const query = useQuery({
    ...ask("get_attribution_settings"),
    refetchInterval: ({ state }) => (state.data?.data.attributes.recomputing ? LIVE : false),
  });
  const version = query.data?.data.attributes.version;
  const before = useRef(version);
  useEffect(() => {
    if (before.current !== undefined && before.current !== version) void client.invalidateQueries();
    before.current = version;
  }, [version, client]);
  return query;
}

export type SettingsDocument = Answer<"get_attribution_settings">;

export const useFreshSettings = () => useFresh(ask("get_attribution_settings"));

/** Each window is a field, and each other setting is one. */
export function fieldsOf({ windows, ...rest }: Settings): Values {
  return { ...rest, ...Object.fromEntries(Object.entries(windows).map(([name, window]) => [`windows.${name}`, window])) };
}

export const settingsFrom = (fields: Values) => nested(fields) as unknown as Settings;

export const openedOf = (document: SettingsDocument): Opened<Values> => ({
  values: fieldsOf(settingsOf(document.data.attributes)),
  version: versionOf(document),
});

interface Change {
  fields: Values;
  /** Those of them that changed. */
  names: string[];
  version: string | undefined;
}

export const useSaveSettings = () =>
  useSend("update_attribution_settings", ({ fields, names, version }: Change) => ({
    version,
    data: { type: "attribution-settings", attributes: nested(fields, names) } as never,
  }));

function rulesOf(of: Rules): Rules {
  return {
    windows: of.windows,
    exclude_bot_clicks: of.exclude_bot_clicks,
    exclude_machine_opens: of.exclude_machine_opens,
    exclude_transactional: of.exclude_transactional,
    subtract_refunds: of.subtract_refunds,
    time_decay_half_life: of.time_decay_half_life,
    position_weights: of.position_weights,
  };
}

const settingsOf = (saved: SettingsDocument["data"]["attributes"]): Settings => ({ model: saved.model, ...rulesOf(saved as unknown as Rules) });

const ORDERS = "Placed Order";

/** The id of the metric of orders; null where nobody has ordered yet. */
export function useOrders() {
  const query = useInfiniteQuery(askPages("get_metrics", { query: { filter: `equals(name,"${ORDERS}")` } }));
  const rows = rowsOf(query.data);
  return { ...query, id: rows ? (rows[0]?.id ?? null) : undefined };
}

/** `preview`: settings that are not saved. */
export function useModels(metric: string, groupBy: string, timeframe: string, interval: string, preview: Settings | null) {
  const rules = preview ? rulesOf(preview) : {};
  const attributes = { conversion_metric_id: metric, group_by: groupBy, timeframe: { key: timeframe }, interval, ...rules };
  return useQuery({
    ...ask<"query_attribution_models", One<ModelReport>>("query_attribution_models", {
      data: { type: "attribution-model-report", attributes } as never,
    }),
    placeholderData: keepPreviousData,
    staleTime: MINUTE,
  });
}

export const useStory = (id: string) =>
  useQuery(ask<"explain_attribution", One<Story>>("explain_attribution", { path: { id } }));
