/** Who got a message and what it is called, where that is not plain. */

interface Addressed {
  to: string | null;
  profile_id: string | null;
}

/** Of a deleted person an address is kept that leads nowhere. */
export function recipientOf({ to, profile_id }: Addressed): string {
  if (profile_id === null && to?.startsWith("redacted")) return "Deleted person";
  return to ?? "Somebody without an address";
}

interface Titled {
  subject: string | null;
  channel: string;
  status: string;
}

const NEVER_WRITTEN: Record<string, string> = {
  queued: "(its subject is written when it is sent)",
  in_flight: "(being sent)",
  skipped: "(never written)",
};

/** A subject is filled in for its recipient when the message is sent. */
export function subjectOf({ subject, channel, status }: Titled): string {
  if (subject) return subject;
  return channel === "sms" ? "Text message" : (NEVER_WRITTEN[status] ?? "(no subject)");
}
