/** Marketing consent and WhatsApp permissions (behaviour-people 4.3, 4.4): what can be asked depends on what was chosen before. */

import { words } from "../ui/format";
import { anyTime, DATE_FILTER, EVENT_DATES, field, fork } from "./filters";
import type { Form, Many } from "./pieces";

const SUPPRESSIONS = ["bounce_date", "manual_suppression_date", "invalid_email_date"];
const STATUS = ["status_date", "method"];

type Row = readonly [channel: string, allowed: boolean, subscription: string, fields: readonly string[], least?: number];

/** The table of 4.3; a combination that is not in it is no condition. The last column: filters that are needed. */
const ROWS: readonly Row[] = [
  ["email", true, "any", []],
  ["email", true, "subscribed", ["status_date", "method", "is_double_opt_in", "custom_source"]],
  ["email", true, "never_subscribed", []],
  ["email", false, "any", SUPPRESSIONS],
  ["email", false, "unsubscribed", [...STATUS, ...SUPPRESSIONS]],
  ["email", false, "never_subscribed", SUPPRESSIONS, 1],
  ["email", false, "subscribed", SUPPRESSIONS, 1],
  ["sms", true, "subscribed", [...STATUS, "is_rcs_capable"]],
  ["sms", false, "any", []],
  ["sms", false, "unsubscribed", STATUS],
  ["sms", false, "never_subscribed", []],
  ["push", true, "any", ["status_date"]],
  ["push", false, "any", []],
];

const CHANNELS: Record<string, string> = { email: "by e-mail", sms: "by SMS", push: "by mobile push" };
const SUBSCRIPTIONS: Record<string, string> = {
  any: "whatever they said",
  subscribed: "having subscribed",
  unsubscribed: "having unsubscribed",
  never_subscribed: "never having subscribed",
};

/** Methods with the detail that can be asked for: a list of texts, one text, or a detail that is needed. */
type Method = readonly [method: string, name: string, detail?: "forms" | "page" | "keys" | "people" | "integrations"];

const FORM: Method = ["form", "a form", "forms"];
const PAGE: Method = ["preference_page", "the preference page"];
const API: Method = ["api", "the API", "keys"];
const INBOUND: Method = ["inbound_message", "a message they sent"];
const SFTP: Method = ["sftp", "SFTP"];
const IMPORT: Method = ["manual_import", "an import", "people"];
const ADDED: Method = ["manual_add", "being added by hand", "people"];
const REMOVED: Method = ["manual_remove", "being removed by hand"];
const INTEGRATION: Method = ["integration", "an integration", "integrations"];

const SUBSCRIBED_BY: Method[] = [
  FORM, ["preference_page", "the preference page", "page"], API, INBOUND, ["back_in_stock", "back in stock"], SFTP, IMPORT, ADDED, INTEGRATION,
];
const UNSUBSCRIBED_BY: Method[] = [
  REMOVED, ["spam_complaint", "a spam complaint"], ["mailbox_provider", "their mailbox provider"], PAGE,
  ["one_click_unsubscribe", "one-click unsubscribe"], INBOUND, ["manual_import", "an import"],
  ["data_warehouse_import", "a data warehouse import"], ["profile_modification", "a change of the profile"], API, INTEGRATION, SFTP,
];
const SMS_YES: Method[] = [FORM, PAGE, API, INBOUND, SFTP, IMPORT, ADDED, ["checkout", "the checkout"], INTEGRATION];
const SMS_NO: Method[] = [
  ...SMS_YES, REMOVED, ["bulk_remove", "a bulk removal"], ["carrier_deactivation", "the carrier's deactivation"],
  ["provided_landline", "giving a landline"], ["message_blocked", "a blocked message"], ["provided_no_age", "giving no age"],
  ["failed_age_gate", "failing the age check"],
];

const ONE_OF = { type: "string", operator: "in" };

function oneOf(name: string, label: string): Form {
  return { name, fixed: ONE_OF, sentence: [field("value", "texts", label)] };
}

const DETAILS: Record<string, Form[]> = {
  forms: [anyTime("whichever"), oneOf("with the ID", "IDs of forms")],
  keys: [anyTime("with any key"), oneOf("with a key ending in", "the last 4 characters of keys")],
  people: [anyTime("by anybody"), oneOf("by", "e-mail addresses of users")],
  integrations: [oneOf("called", "names of integrations")],
  page: [
    anyTime("whichever"),
    { name: "at", fixed: { type: "string", operator: "equals" }, sentence: [field("value", "text", "the page's address")] },
  ],
};

/** The server also takes one text where the reference has a list; read so, and offered as a list. */
const ONE: Form = {
  name: "with",
  fixed: { type: "string", operator: "equals" },
  sentence: [field("value", "text", "a detail")],
  offered: false,
};

function methodForm([method, name, detail]: Method): Form {
  const forms = detail && [...(DETAILS[detail] ?? []), ...(detail === "page" ? [] : [ONE])];
  return { name, fixed: { method }, sentence: forms ? [fork("filter", "which", forms)] : [] };
}

function methodsOf(channel: string, subscription: string): Method[] {
  if (channel === "sms") return subscription === "subscribed" ? SMS_YES : SMS_NO;
  return subscription === "subscribed" ? SUBSCRIBED_BY : UNSUBSCRIBED_BY;
}

function suppression(name: string, date: string): Form {
  const ever: Form = { name: "at any time", fixed: { type: "existence", operator: "is-set" }, sentence: [] };
  return { name, fixed: { field: date }, sentence: [fork("filter", "when", [ever, ...EVENT_DATES])] };
}

const FILTERS: Record<string, (channel: string, subscription: string) => Form[]> = {
  status_date: () => [{ name: "that date", fixed: { field: "status_date" }, sentence: [DATE_FILTER] }],
  method: (...of) => [
    { name: "that came by", fixed: { field: "method" }, sentence: [fork("", "how", methodsOf(...of).map(methodForm))] },
  ],
  is_double_opt_in: () => [
    { name: "they confirmed it", fixed: { field: "is_double_opt_in", filter: is(true) }, sentence: [] },
    { name: "they never confirmed it", fixed: { field: "is_double_opt_in", filter: is(false) }, sentence: [] },
  ],
  is_rcs_capable: () => [
    { name: "their phone takes rich messages (RCS)", fixed: { field: "is_rcs_capable", filter: is(true) }, sentence: [] },
    { name: "their phone is not known to take rich messages (RCS)", fixed: { field: "is_rcs_capable", filter: is(false) }, sentence: [] },
  ],
  custom_source: () => [
    {
      name: "the source is",
      fixed: { field: "custom_source", filter: { type: "string", operator: "equals" } },
      sentence: [field("filter.value", "text", "the source")],
    },
  ],
  bounce_date: () => [suppression("they bounced", "bounce_date")],
  manual_suppression_date: () => [suppression("they were suppressed by hand", "manual_suppression_date")],
  invalid_email_date: () => [suppression("the address was found invalid", "invalid_email_date")],
};

const is = (value: boolean) => ({ type: "boolean", operator: "equals", value });

function where(forms: Form[], least: number): Many {
  return { at: "filters", item: fork("", "a detail", forms), add: "Add a detail", lead: "where", join: "and", least, most: 10 };
}

function statusForm([channel, , subscription, fields, least = 0]: Row): Form {
  const forms = fields.flatMap((name) => FILTERS[name]?.(channel, subscription) ?? []);
  const sentence = forms.length > 0 ? [where(forms, least)] : [];
  return { name: SUBSCRIPTIONS[subscription] ?? subscription, fixed: { subscription }, sentence };
}

/** What comes after "can receive marketing" or "cannot receive marketing". */
export function channelsOf(allowed: boolean) {
  const rows = ROWS.filter(([, can]) => can === allowed);
  const channels = [...new Set(rows.map(([channel]) => channel))];
  const forms = channels.map((channel): Form => {
    const states = rows.filter(([of]) => of === channel).map(statusForm);
    return { name: CHANNELS[channel] ?? channel, fixed: { channel }, sentence: [fork("consent_status", "status", states)] };
  });
  return fork("consent", "channel", forms);
}

const PERMISSION_METHODS = [
  "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout", "constant_contact",
  "exact_target", "facebook", "failed_age_gate", "inbound_message", "integration", "mad_mimi", "magento_two", "mailbox_provider",
  "manual_add", "manual_import", "manual_remove", "message_blocked", "netsuite", "preference_page", "provided_landline",
  "provided_no_age", "sftp", "shopify", "social_instagram_message", "spam_complaint", "square", "wix", "woocommerce",
];

const NAMES = new Map([...SUBSCRIBED_BY, ...UNSUBSCRIBED_BY, ...SMS_YES, ...SMS_NO].map(([method, name]) => [method, name]));

const byMethod: Form = {
  name: "that came by",
  fixed: { field: "subscribe_method" },
  sentence: [
    fork("", "how", [methodForm(FORM), ...PERMISSION_METHODS.map((method) => methodForm([method, NAMES.get(method) ?? words(method)]))]),
  ],
};

const EXPLICIT = [
  where([
    { name: "it counts from a date that", fixed: { field: "effective_date" }, sentence: [DATE_FILTER] },
    { name: "it was recorded on a date that", fixed: { field: "recorded_date" }, sentence: [DATE_FILTER] },
    byMethod,
  ], 1),
];

const REACH: readonly [status: string, name: string, sentence: Form["sentence"]][] = [
  ["implicitly_or_explicitly_reachable", "reachable", []],
  ["explicitly_reachable", "reachable because they said so", EXPLICIT],
  ["implicitly_reachable", "reachable without having said so", []],
  ["implicitly_or_explicitly_unreachable", "not reachable", []],
  ["explicitly_unreachable", "not reachable because they said so", EXPLICIT],
  ["implicitly_unreachable", "not reachable without having said so", []],
];

export const PERMISSION = fork(
  "permission",
  "reachable or not",
  REACH.map(([reachable_status, name, sentence]) => ({ name, fixed: { reachable_status }, sentence })),
);
