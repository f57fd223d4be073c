/** Shapes of what the pages read. Times are ISO 8601 text, money is in the account's currency. */

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

export interface Session {
  account_id: string;
  account_name: string;
  public_key: string;
  timezone: string;
  currency: string;
  test_account: boolean;
  now: string;
}

export interface Overview {
  profiles: number;
  events_24h: number;
  messages_sent: number;
  revenue_30d: number;
  currency: string;
  series: { date: string; events: number; messages: number; revenue: number }[];
}

export type MessageStatus = "queued" | "in_flight" | "sent" | "skipped" | "bounced" | "failed" | "in_doubt";

export interface Message {
  channel: string;
  status: MessageStatus;
  skip_reason: string | null;
  to: string;
  subject: string | null;
  created: string;
  sent_at: string | null;
  opens: number;
  clicks: number;
  source: { kind: "campaign" | "flow"; id: string; name: string; message_id: string } | null;
  profile_id: string | null;
}

export interface Moment {
  at: string;
  kind: string;
  detail: string | null;
}

export interface MessageInFull extends Message {
  html: string | null;
  text: string | null;
  headers: Record<string, string> | null;
  timeline: Moment[];
}

export interface Campaign {
  created_at: string | null;
  updated_at: string | null;
  definition: { name: string | null; description?: string | null; archived?: boolean | null };
}

export interface CampaignOverview {
  name: string;
  status: string;
  recipients: number;
  delivered: number;
  opens: number;
  opens_unique: number;
  clicks: number;
  clicks_unique: number;
  unsubscribes: number;
  bounced: number;
  skipped: { reason: string; count: number }[];
  in_doubt: number;
  queued: number;
  orders: number;
  revenue: number;
  currency: string;
  series: { at: string; opens: number; clicks: number; orders: number; revenue: number }[];
}

export interface Profile {
  email: string | null;
  phone_number: string | null;
  external_id: string | null;
  first_name: string | null;
  last_name: string | null;
  organization?: string | null;
  title?: string | null;
  locale?: string | null;
  location?: Record<string, unknown> | null;
  properties?: Record<string, unknown> | null;
  created: string | null;
  updated: string | null;
  last_event_date: string | null;
  joined_group_at?: string | null;
  subscriptions?: Record<string, unknown> | null;
}

export interface Audience {
  name: string | null;
  created: string | null;
  updated: string | null;
  profile_count?: number | null;
  opt_in_process?: string | null;
  is_processing?: boolean;
  is_active?: boolean;
  is_starred?: boolean;
  definition?: ConditionGroups | null;
}

export interface SegmentEstimate {
  profile_count: number;
  as_of: string;
  sample: Pick<Profile, "email" | "phone_number" | "first_name" | "last_name">[];
}

export interface SegmentProgress {
  is_processing: boolean;
  /** 0 to 1. */
  progress: number;
  step: string | null;
  started: string | null;
  finished: string | null;
}

/** Why a person is in a segment or not: each condition on its own. */
export interface SegmentExplanation {
  profile_id: string;
  is_member: boolean;
  joined_group_at: string | null;
  holds: boolean;
  as_of: string;
  next_change: string | null;
  unknown_from: string | null;
  condition_groups: { holds: boolean; conditions: ExplainedCondition[] }[];
}

export interface ExplainedCondition {
  condition: Condition;
  holds: boolean;
  since: string | null;
  next_change: string | null;
  unknown_from: string | null;
  data: Record<string, unknown>;
}

export interface SeriesReport {
  results: { groupings: { segment_id?: string }; statistics: Record<string, (number | null)[]> }[];
  date_times: string[];
}

export interface MetricProperty {
  property: string;
  inferred_type: string;
  sample_values?: unknown[];
}

export interface Tag {
  name: string;
}

export type Condition = Record<string, unknown>;

export interface ConditionGroups {
  condition_groups: { conditions: Condition[] }[];
}

export interface Flow {
  name: string | null;
  status: string | null;
  archived: boolean | null;
  created: string | null;
  updated: string | null;
  trigger_type: string | null;
  definition?: FlowDefinition | null;
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

export interface FlowOverview {
  name: string;
  status: string;
  entered: number;
  active: number;
  finished: number;
  steps: { action_id: string; waiting: number; done: number }[];
}

export interface Metric {
  name: string | null;
  integration?: Record<string, unknown> | null;
}

export interface EventAttributes {
  timestamp: number | null;
  datetime: string | null;
  event_properties: Record<string, unknown> | null;
  uuid: string | null;
}
