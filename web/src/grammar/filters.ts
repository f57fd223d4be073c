/** Filters on one value (behaviour-people 4.2): text, numbers, yes or no, lists and dates. */

import type { Field, Form, Fork, Json } from "./pieces";

export const field = (at: string, kind: Field["kind"], label: string, more: Partial<Field> = {}): Field => ({
  at,
  kind,
  label,
  ...more,
});

export const fork = (at: string, label: string, forms: readonly Form[]): Fork => ({ at, label, forms });

const TEXT = field("value", "text", "a text");
const TEXTS = field("value", "texts", "one or more texts");
const COUNTRIES = field("value", "countries", "one or more countries");
const ENTRIES = field("value", "whole", "a number of entries", { start: 1, least: 0 });

type Row = readonly [operator: string, name: string];

function forms(group: string, type: string, rows: readonly Row[], sentence: Form["sentence"]): Form[] {
  return rows.map(([operator, name]) => ({ name, group, fixed: { type, operator }, sentence }));
}

const STRINGS: Form[] = [
  ...forms("Text", "string", [
    ["equals", "is"],
    ["not-equals", "is not"],
    ["contains", "contains"],
    ["not-contains", "does not contain"],
    ["starts-with", "starts with"],
    ["not-starts-with", "does not start with"],
    ["ends-with", "ends with"],
    ["not-ends-with", "does not end with"],
    ["regex", "matches the pattern"],
    ["nregex", "does not match the pattern"],
  ], [TEXT]),
  ...forms("Text", "string", [
    ["in", "is one of"],
    ["not-in", "is none of"],
  ], [TEXTS]),
];

const PHONES = forms("Phone number", "string", [
  ["phone-country-code-in", "is a phone number from"],
  ["phone-country-code-not-in", "is a phone number from outside"],
], [COUNTRIES]);

const COMPARED: readonly Row[] = [
  ["greater-than-or-equal", "at least"],
  ["equals", "exactly"],
  ["greater-than", "more than"],
  ["less-than-or-equal", "at most"],
  ["less-than", "less than"],
  ["not-equals", "anything but"],
];

function numbers(label: string, more: Partial<Field> = {}): Form[] {
  return forms("Number", "numeric", COMPARED, [field("value", "number", label, more)]);
}

const NUMBERS = numbers("a number").map((form) => ({ ...form, name: `is ${form.name}` }));

const BOOLEANS: Form[] = [true, false].map((value) => ({
  name: value ? "is true" : "is false",
  group: "Yes or no",
  fixed: { type: "boolean", operator: "equals", value },
  sentence: [],
}));

const EXISTENCE = forms("Whether it is known", "existence", [
  ["is-set", "is set"],
  ["not-set", "is not set"],
], []);

const LENGTHS: Form[] = COMPARED.slice(0, 5).map(([operator, name]) => ({
  name: `is a list of ${name}`,
  group: "List",
  fixed: { type: "list", operator: `length-${operator}` },
  sentence: [ENTRIES, "entries"],
}));

const PROFILE_LISTS = [
  ...forms("List", "list", [
    ["contains", "is a list that has"],
    ["not-contains", "is a list without"],
  ], [TEXT]),
  ...LENGTHS,
];

const EVENT_LISTS = [
  ...forms("List", "list", [
    ["contains-any", "is a list that has any of"],
    ["contains-all", "is a list that has all of"],
    ["not-contains-any", "is a list without any of"],
    ["not-contains-all", "is a list without all of"],
  ], [TEXTS]),
  ...forms("List", "list", [
    ["contains-substring", "is a list with an entry that contains"],
    ["not-contains-substring", "is a list with no entry that contains"],
  ], [TEXT]),
  ...LENGTHS,
];

const UNITS = field("unit", "choice", "hours, days or weeks", {
  start: "day",
  choices: [["hour", "hours"], ["day", "days"], ["week", "weeks"]],
});
const QUANTITY = field("quantity", "whole", "how many", { start: 30, least: 0 });
const DATE = field("date", "date", "a date");
const MONTHS = Array.from({ length: 12 }, (_, month) => [
  month + 1,
  new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, month, 1)),
] as const);

/** Each date operator with its words after "is", what they ask for, and what is said where one chooses. */
const DATES: Record<string, [name: string, sentence: Form["sentence"], hint?: string]> = {
  alltime: ["over all time", []],
  "in-the-last": ["in the last", [QUANTITY, UNITS]],
  "at-least": ["at least", [QUANTITY, UNITS, "ago"], "So many days ago, or longer"],
  between: [
    "between",
    [field("start", "whole", "from", { start: 7 }), "and", field("end", "whole", "to", { start: 30 }), UNITS, "ago"],
    "From so many to so many days ago",
  ],
  "in-the-next": ["in the next", [QUANTITY, UNITS]],
  before: ["before", [DATE]],
  after: ["after", [DATE]],
  "between-static": [
    "from",
    [field("start", "date", "the first day"), "to", field("end", "date", "the last day")],
    "Between two dates, both days in",
  ],
  "anniversary-last": ["with an anniversary in the last", [QUANTITY, UNITS]],
  "anniversary-next": ["with an anniversary in the next", [QUANTITY, UNITS]],
  anniversary: ["with its anniversary today", []],
  "anniversary-month": ["with its anniversary this month", []],
  "calendar-month": ["in the month of", [field("value", "choice", "a month", { choices: MONTHS })]],
  "flow-start": ["since they entered this flow", []],
};

const RELATIVE = ["in-the-last", "at-least", "between", "in-the-next"];
const STATIC = ["before", "after", "between-static"];
const ANNIVERSARY = ["anniversary-last", "anniversary-next"];
const OF_VALUES = [...RELATIVE, ...STATIC, ...ANNIVERSARY, "anniversary", "anniversary-month", "calendar-month"];

function dates(operators: readonly string[], prefix = ""): Form[] {
  return operators.map((operator) => {
    const [name, sentence, hint] = DATES[operator] ?? [operator, []];
    const fixed: Json = { type: "date", operator };
    const said = (prefix + name).replace(/^is with /, "has ");
    return { name: said, group: "Date", fixed, sentence, ...(hint ? { hint } : {}) };
  });
}

const FLOW_START = dates(["flow-start"]).map((form): Form => ({ ...form, offered: false }));

export const VALUE_DATES = dates(OF_VALUES, "is ");
/** Of a date that is said with "on": the day of a consent, a bounce … */
export const EVENT_DATES = dates(OF_VALUES);

export const anyTime = (name: string): Form => ({ name, fixed: null, sentence: [] });

export const HOW_OFTEN = fork("measurement_filter", "how often", numbers("how many times", { start: 1, least: 0 }));
export const HOW_MUCH = fork("measurement_filter", "how much", numbers("an amount"));
export const NUMBER_FILTER = fork("filter", "how it compares", NUMBERS);
export const DATE_FILTER = fork("filter", "when", VALUE_DATES);
export const PROFILE_FILTER = fork("filter", "how it compares", [
  ...STRINGS, ...NUMBERS, ...BOOLEANS, ...EXISTENCE, ...VALUE_DATES, ...PROFILE_LISTS, ...PHONES,
]);
export const EVENT_FILTER = fork("filter", "how it compares", [...STRINGS, ...NUMBERS, ...BOOLEANS, ...EXISTENCE, ...EVENT_LISTS]);
export const EVENT_TIME = fork("timeframe_filter", "when", [...dates(["alltime", ...RELATIVE, ...STATIC, ...ANNIVERSARY]), ...FLOW_START]);
export const FUNNEL_TIME = fork("timeframe_filter", "when", dates([...RELATIVE, "between-static"]));
export const JOINED_TIME = fork("timeframe_filter", "when they joined", [
  anyTime("whenever they joined"),
  ...dates([...RELATIVE, ...STATIC], "joined "),
]);
export const FINISHED_TIME = fork("timeframe_filter", "when they finished", [anyTime("at any time"), ...dates([...RELATIVE, ...STATIC])]);
