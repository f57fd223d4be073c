import type { Name, Side } from "./queries";

export const TITLES: Record<Name, [string, string]> = {
  utm_source: ["Source", "utm_source"],
  utm_medium: ["Medium", "utm_medium"],
  utm_campaign: ["Campaign", "utm_campaign"],
  utm_id: ["Id", "utm_id"],
  utm_term: ["Term", "utm_term"],
};

export const SIDES: Record<Side, string> = { campaign: "In campaigns", flow: "In flows" };

const EVERYWHERE = {
  email_subject: "Subject",
  link_alt_text: "Text of the link",
  message_type: "Channel",
  profile_id: "Profile's id",
  profile_external_id: "Profile's external id",
};

/** What is known at sending, as a person says it. */
export const KNOWN: Record<Side, Record<string, string>> = {
  campaign: {
    campaign_name: "Campaign's name",
    campaign_id: "Campaign's id",
    campaign_name_id: "Campaign's name and id",
    campaign_name_send_day: "Campaign's name and weekday",
    group_name: "List's or segment's name",
    group_id: "List's or segment's id",
    group_name_id: "List's or segment's name and id",
    ...EVERYWHERE,
  },
  flow: {
    flow_name: "Flow's name",
    flow_id: "Flow's id",
    message_name: "Message's name",
    message_name_id: "Message's name and id",
    ...EVERYWHERE,
  },
};

/** What each might be, for an example of a link. */
export const EXAMPLES: Record<string, string> = {
  email_subject: "Spring is here",
  link_alt_text: "Red boots",
  message_type: "email",
  profile_id: "01J9ZK4Q",
  profile_external_id: "C-1042",
  campaign_name: "Spring sale",
  campaign_id: "01JA7R2M",
  campaign_name_id: "Spring sale (01JA7R2M)",
  campaign_name_send_day: "Spring sale (Tuesday)",
  group_name: "Newsletter",
  group_id: "VqT3aB",
  group_name_id: "Newsletter (VqT3aB)",
  flow_name: "Welcome",
  flow_id: "XyZ12a",
  message_name: "First hello",
  message_name_id: "First hello (RpQ8sT)",
};
