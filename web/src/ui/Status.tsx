import { Badge, Tooltip } from "@mantine/core";
import { words } from "./format";

const COLOURS: Record<string, string> = {
  sent: "spruce",
  live: "spruce",
  ready: "spruce",
  subscribed: "spruce",
  queued: "blue",
  in_flight: "blue",
  sending: "blue",
  variations_sent: "blue",
  queued_without_recipients: "blue",
  scheduled: "violet",
  manual: "yellow",
  skipped: "yellow",
  in_doubt: "orange",
  bounced: "red",
  failed: "red",
  cancelled: "red",
  unsubscribed: "red",
};

const MEANINGS: Record<string, string> = {
  queued: "Waiting to be handed over to the mail or SMS server",
  in_flight: "Being handed over right now",
  in_doubt: "The hand-over was cut off. It may or may not have arrived, and is never sent twice by itself",
};

/** A status as a coloured word; unknown ones are grey, so a newer server's words still show. */
export function Status({ of, detail, size = "sm" }: { of: string; detail?: string | null | undefined; size?: string }) {
  const name = of.toLowerCase().replace(/ /g, "_");
  const badge = (
    <Badge color={COLOURS[name] ?? "gray"} size={size} tt="none" fw={600}>
      {words(of)}
    </Badge>
  );
  const label = detail ?? MEANINGS[name];
  return label ? <Tooltip label={label}>{badge}</Tooltip> : badge;
}
