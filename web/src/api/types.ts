/** Shapes of what the pages read, by the names they use: all but those of definitions come from the API's declarations.
 * Times are ISO 8601 text, money is in the account's currency. */

import type { AttributesOf } from "./ask";

export type Session = AttributesOf<"get_session">;
export type Overview = AttributesOf<"get_overview">;
export type Message = AttributesOf<"get_messages">;
export type MessageInFull = AttributesOf<"get_message">;
export type CampaignOverview = AttributesOf<"get_campaign_overview">;
export type Profile = AttributesOf<"get_profiles">;
export type Segment = AttributesOf<"get_segments">;
export type List = AttributesOf<"get_lists">;
export type SegmentEstimate = AttributesOf<"estimate_segment">;
export type SegmentProgress = AttributesOf<"get_segment_progress">;
export type SegmentExplanation = AttributesOf<"explain_segment">;
export type MetricProperty = AttributesOf<"get_properties_for_metric">;
export type Flow = AttributesOf<"get_flows">;
export type FlowOverview = AttributesOf<"get_flow_overview">;
export type Metric = AttributesOf<"get_metrics">;
export type EventAttributes = AttributesOf<"get_events">;

export interface Ref {
  type: string;
  id: string;
}

export interface Resource<Attributes> extends Ref {
  attributes: Attributes;
  relationships?: Record<string, { data?: Ref | Ref[] | null }>;
}

export interface One<Attributes> {
  data: Resource<Attributes>;
}

export interface Many<Attributes> {
  data: Resource<Attributes>[];
  included?: Resource<Record<string, unknown>>[];
  links?: { next?: string | null };
}

/** Numbers by group and moment; the API leaves free which. */
export interface SeriesReport {
  results: { groupings: { segment_id?: string }; statistics: Record<string, (number | null)[]> }[];
  date_times: string[];
}

/** Where a message comes from. */
export interface MessageSource {
  kind: "campaign" | "flow";
  id: string;
  name: string;
  message_id: string;
}

/** The shape that campaigns have from revision 2026-10-15 on. */
export interface Campaign {
  created_at: string | null;
  updated_at: string | null;
  status: string;
  send_time: string | null;
  /** of drafts, where it is asked for */
  planned_at?: string | null;
  definition: { name: string | null; description?: string | null; archived?: boolean | null };
}

export type MessageStatus = "queued" | "in_flight" | "sent" | "skipped" | "bounced" | "failed" | "in_doubt";

export type Moment = NonNullable<MessageInFull["timeline"]>[number];

export type ExplainedCondition = SegmentExplanation["condition_groups"][number]["conditions"][number];

export type Condition = Record<string, unknown>;

export interface ConditionGroups {
  condition_groups: { conditions: Condition[] }[];
}

export interface FlowDefinition {
  triggers: ({ type: string; id?: string } & Record<string, unknown>)[];
  profile_filter?: ConditionGroups | null;
  actions: FlowAction[];
  entry_action_id: string | null;
  reentry_criteria?: { duration: number; unit: string } | null;
}

export interface FlowAction {
  id: string;
  type: string;
  links?: Record<string, unknown> | null;
  data?: Record<string, unknown> | null;
}

