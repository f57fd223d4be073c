const HAPPENINGS: Record<string, string> = {
  "profile.created": "Profile created",
  "profile.updated": "Profile updated",
  "profile.merged": "Profiles merged",
  "event.created": "Any event",
  "list.member.added": "Added to a list",
  "list.member.removed": "Removed from a list",
};

/** A topic as a person says it: `event:api.placed_order` is “Placed order”. */
export function topicWords(topic: string): string {
  const happening = HAPPENINGS[topic];
  if (happening) return happening;
  const name = topic.replace(/^event:[^.]+\./, "").replace(/_/g, " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Where a topic stands among the choices. */
export function groupOf(topic: string): string {
  if (topic in HAPPENINGS) return "Profiles, events, lists: one call each";
  return topic.startsWith("event:klaviyo.") ? "What Rapport does: several a call" : "Your shop's events: several a call";
}

const STATUSES: Record<string, string> = { delivered: "Delivered", retrying: "Tried again", failed: "Given up" };

export const statusWords = (status: string): string => STATUSES[status] ?? status;
