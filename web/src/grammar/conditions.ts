/** Every condition of behaviour-people 4.2 that a segment can hold, and those that only flows can. */

import { channelsOf, PERMISSION } from "./consent";
import {
  DATE_FILTER, EVENT_FILTER, EVENT_TIME, field, FINISHED_TIME, fork, FUNNEL_TIME, HOW_MUCH, HOW_OFTEN, JOINED_TIME, NUMBER_FILTER,
  PROFILE_FILTER,
} from "./filters";
import { isFork, isMany, type Fork, type Form, type Many, type Piece } from "./pieces";

const METRIC = field("metric_id", "metric", "an event");
const GROUP = field("group_ids", "group", "a list or segment");
const FLOW = field("flow_id", "flow", "a flow");

const eventFilter: Form = { name: "", fixed: {}, sentence: [field("property", "event-property", "a property of the event"), EVENT_FILTER] };

const WHERE: Many = {
  at: "metric_filters",
  item: fork("", "a property", [eventFilter]),
  add: "where …",
  lead: "where",
  join: "and",
  least: 0,
  most: 10,
};

const metric = (measurement: string) => ({ type: "profile-metric", measurement });

const DONE: Form[] = [
  {
    name: "has done",
    hint: "An event, so many times: an order, an open, a visit",
    fixed: metric("count"),
    sentence: [METRIC, HOW_OFTEN, "times", EVENT_TIME, WHERE],
  },
  {
    name: "has not done",
    hint: "An event that never happened, or not lately",
    fixed: { ...metric("count"), measurement_filter: { type: "numeric", operator: "equals", value: 0 } },
    sentence: [METRIC, EVENT_TIME, WHERE],
  },
  {
    name: "has a total value",
    hint: "The values of an event added up: what was spent",
    fixed: metric("sum"),
    sentence: ["for", METRIC, "of", HOW_MUCH, EVENT_TIME, WHERE],
  },
];

const STEPS: Many = {
  at: "steps",
  item: fork("", "a step", [
    { name: "did", fixed: { metric_exists: true }, sentence: [METRIC, WHERE] },
    { name: "did not do", fixed: { metric_exists: false }, sentence: [METRIC, WHERE] },
  ]),
  add: "Add a step",
  lead: "first",
  join: "then",
  least: 1,
  most: 20,
};

const COMPLETED_WITHIN = field("completion_window_seconds", "choice", "how fast", {
  start: null,
  choices: [
    [null, "however long it took"],
    ["HOURS_1", "within an hour"],
    ["DAYS_1", "within a day"],
    ["DAYS_3", "within 3 days"],
    ["DAYS_5", "within 5 days"],
    ["WEEKS_1", "within a week"],
    ["DAYS_30", "within 30 days"],
    ["DAYS_90", "within 90 days"],
    ["DAYS_180", "within 180 days"],
    ["YEARS_1", "within a year"],
  ],
});

const FUNNEL: Form = {
  name: "has gone through",
  hint: "Several events, one after the other",
  fixed: { type: "profile-metric-funnel" },
  sentence: ["these steps", FUNNEL_TIME, COMPLETED_WITHIN, STEPS],
};

const PROPERTY: Form = {
  name: "is someone whose",
  hint: "A property of the profile: name, place, anything the store sent",
  fixed: { type: "profile-property" },
  sentence: [field("property", "property", "a property"), PROFILE_FILTER],
};

const OF_ORDERS: readonly [dimension: string, name: string][] = [
  ["historic_number_of_orders", "number of orders"],
  ["historic_clv", "total value"],
  ["average_order_value", "average value of an order"],
  ["average_days_between_orders", "average days between orders"],
];

const FORECASTS: readonly [dimension: string, name: string][] = [
  ["churn_probability", "probability of leaving"],
  ["predicted_clv", "value in the next year"],
  ["predicted_number_of_orders", "number of orders in the next year"],
  ["total_clv", "value so far and in the next year"],
];

const AFFINITY = field("predicted_channel", "choice", "a channel", {
  start: "email",
  choices: [["email", "e-mail"], ["push", "mobile push"], ["sms", "SMS"], ["whatsapp", "WhatsApp"]],
});

function either(label: string, choices: readonly (readonly [string, string])[]): Piece {
  const value = field("value", "choice", label, { choices });
  return fork("filter", "is or is not", [
    { name: "is", fixed: { type: "string", operator: "equals" }, sentence: [value] },
    { name: "is not", fixed: { type: "string", operator: "not-equals" }, sentence: [value] },
  ]);
}

const GENDERS = [["likely_female", "likely female"], ["likely_male", "likely male"], ["uncertain", "uncertain"]] as const;
const LEVELS = [["high", "high"], ["medium", "medium"], ["low", "low"]] as const;
const PLACE: Piece = fork("filter", "is", [
  { name: "is number", fixed: { type: "numeric", operator: "equals" }, sentence: [field("value", "whole", "a place", { start: 1, least: 1 })] },
]);

const byNumber = ([dimension, name]: readonly [string, string]): Form => ({ name, fixed: { dimension }, sentence: [NUMBER_FILTER] });

/** Forecasts can be read and not chosen: the server makes none, and refuses them. */
const FORECAST_FORMS: Form[] = [
  { name: "next order", fixed: { dimension: "expected_date_of_next_purchase" }, sentence: [DATE_FILTER] },
  ...FORECASTS.map(byNumber),
  { name: "likely gender", fixed: { dimension: "predicted_gender" }, sentence: [either("a gender", GENDERS)] },
  { name: "place among the best channels of", fixed: { dimension: "channel_affinity", measurement: "priority" }, sentence: [AFFINITY, PLACE] },
  {
    name: "liking of",
    fixed: { dimension: "channel_affinity", measurement: "rank" },
    sentence: [AFFINITY, either("how much", LEVELS)],
  },
];

const ORDER_HISTORY: Form = {
  name: "has an order history whose",
  hint: "How many orders, of what value, how often",
  fixed: { type: "profile-predictive-analytics" },
  sentence: [
    fork("", "a figure", [...OF_ORDERS.map(byNumber), ...FORECAST_FORMS.map((form): Form => ({ ...form, offered: false }))]),
  ],
};

const membership = (is_member: boolean) => ({ type: "profile-group-membership", is_member });
const consent = (can_receive_marketing: boolean) => ({ type: "profile-marketing-consent", consent: { can_receive_marketing } });

const CONSENT: Form[] = [
  {
    name: "can receive marketing",
    hint: "And how they came to it",
    fixed: consent(true),
    sentence: [channelsOf(true)],
  },
  {
    name: "cannot receive marketing",
    hint: "Unsubscribed, suppressed, bounced or never asked",
    fixed: consent(false),
    sentence: [channelsOf(false)],
  },
  {
    name: "is, for WhatsApp",
    hint: "Reachable or not, for marketing or transactional messages",
    fixed: { type: "profile-permissions" },
    sentence: [
      field("channel", "choice", "kind of message", {
        start: "whatsapp_marketing",
        choices: [["whatsapp_marketing", "marketing"], ["whatsapp_transactional", "transactional messages"]],
      }),
      ",",
      PERMISSION,
    ],
  },
];

const REGION = field("region", "choice", "a region", {
  start: "european_union",
  choices: [["european_union", "the European Union"], ["united_states", "the United States"]],
});
const regions = (in_region: boolean) => ({ type: "profile-region", in_region });

/** Countries whose postal codes have places, as three letters (behaviour-people 4.2). */
const COUNTRIES = (
  "AUS:Australia AUT:Austria BEL:Belgium BGR:Bulgaria CAN:Canada HRV:Croatia CYP:Cyprus CZE:Czechia DNK:Denmark EST:Estonia FIN:Finland " +
  "FRA:France DEU:Germany GRC:Greece HUN:Hungary IRL:Ireland ITA:Italy LVA:Latvia LTU:Lithuania LUX:Luxembourg MLT:Malta NLD:Netherlands " +
  "NZL:New_Zealand POL:Poland PRT:Portugal ROU:Romania SVK:Slovakia SVN:Slovenia ESP:Spain SWE:Sweden GBR:United_Kingdom USA:United_States"
)
  .split(" ")
  .map((pair) => [pair.slice(0, 3), pair.slice(4).replace("_", " ")] as const);

const HOW_FAR = field("value", "number", "how far", { least: 0 });

const DISTANCE: Form = {
  name: "lives at a distance of",
  hint: "Around a postal code",
  fixed: { type: "profile-postal-code-distance" },
  sentence: [
    fork("filter", "nearer or farther", [
      { name: "less than", fixed: { type: "numeric", operator: "less-than" }, sentence: [HOW_FAR] },
      { name: "more than", fixed: { type: "numeric", operator: "greater-than" }, sentence: [HOW_FAR] },
    ]),
    field("unit", "choice", "kilometers or miles", { start: "kilometers", choices: [["kilometers", "kilometers"], ["miles", "miles"]] }),
    "from postal code",
    field("postal_code", "text", "a postal code"),
    "in",
    field("country_code", "choice", "a country", { start: "USA", choices: COUNTRIES }),
  ],
};

const inFlow = (is_in_flow: boolean) => ({ type: "profile-in-flow", is_in_flow });
const completed = (has_completed: boolean) => ({ type: "profile-completed-flow", has_completed });

const FLOWS: Form[] = [
  { name: "is now in the flow", fixed: inFlow(true), sentence: [FLOW] },
  { name: "is not in the flow now", fixed: inFlow(false), sentence: [FLOW] },
  { name: "has completed the flow", fixed: completed(true), sentence: [FLOW, FINISHED_TIME] },
  { name: "has not completed the flow", fixed: completed(false), sentence: [FLOW] },
];

const SAMPLE: Form = {
  name: "is in a random sample of",
  hint: "The same people every time",
  fixed: { type: "profile-sample" },
  sentence: [field("percentage", "number", "a percentage", { start: 10, least: 0, most: 100 }), "% of everybody"],
};

const ONLY_IN_FLOWS: Form[] = [
  { name: "has not been in this flow", fixed: { type: "profile-not-in-flow" }, sentence: [], offered: false },
  {
    name: "came with an event whose",
    fixed: { type: "metric-property" },
    sentence: [field("property", "event-property", "a property of the event"), EVENT_FILTER],
    offered: false,
  },
];

const grouped = (group: string, forms: Form[]) => forms.map((form) => ({ ...form, group }));

/** A condition: what can be said about a person. The first one is what a new condition is. */
export const CONDITION = fork("", "a condition", [
  ...grouped("What they did", [...DONE, FUNNEL]),
  ...grouped("Who they are", [PROPERTY, ORDER_HISTORY]),
  ...grouped("Lists & segments", [
    { name: "is in", hint: "A list or another segment", fixed: membership(true), sentence: [GROUP, JOINED_TIME] },
    { name: "is not in", hint: "A list or another segment", fixed: membership(false), sentence: [GROUP] },
  ]),
  ...grouped("Consent", CONSENT),
  ...grouped("Where they are", [
    { name: "lives in", fixed: regions(true), sentence: [REGION] },
    { name: "lives outside", fixed: regions(false), sentence: [REGION] },
    DISTANCE,
  ]),
  ...grouped("Flows", FLOWS),
  ...grouped("By chance", [SAMPLE]),
  ...ONLY_IN_FLOWS,
]);

const isOfFlows = ({ fixed }: Form) => fixed?.operator === "flow-start" || fixed?.type === "profile-not-in-flow";

/** The fork with what can only be asked in a flow offered too. */
function inFlows(of: Fork): Fork {
  const piece = (each: Piece): Piece => {
    if (typeof each === "string") return each;
    if (isFork(each)) return inFlows(each);
    return isMany(each) ? { ...each, item: inFlows(each.item) } : each;
  };
  const form = (each: Form): Form => {
    const { offered, ...rest } = { ...each, sentence: each.sentence.map(piece) };
    return offered === undefined || isOfFlows(each) ? rest : { ...rest, offered };
  };
  return { ...of, forms: of.forms.map(form) };
}

/** A condition of a flow's own filter. */
export const FLOW_CONDITION = inFlows(CONDITION);

/** A condition of a split or of one message: all but whether they were in the flow before. */
export const STEP_CONDITION: Fork = { ...FLOW_CONDITION, forms: FLOW_CONDITION.forms.filter(({ fixed }) => fixed?.type !== "profile-not-in-flow") };

/** A condition on the event with which somebody entered a flow. */
export const EVENT_CONDITION = fork("", "a property", [{ ...eventFilter, fixed: { type: "metric-property" } }]);
