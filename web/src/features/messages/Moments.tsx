import { Text, Timeline } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBan,
  IconClock,
  IconEye,
  IconHandStop,
  IconPointer,
  IconSend,
  IconShoppingBag,
  type Icon,
} from "@tabler/icons-react";
import type { Moment } from "../../api/types";
import { words } from "../../ui/format";
import { Time } from "../../ui/Time";

const LOOKS: Record<string, [Icon, string]> = {
  queued: [IconClock, "gray"],
  sent: [IconSend, "spruce"],
  opened: [IconEye, "blue"],
  clicked: [IconPointer, "violet"],
  ordered: [IconShoppingBag, "spruce"],
  unsubscribed: [IconHandStop, "red"],
  skipped: [IconBan, "yellow"],
  bounced: [IconAlertTriangle, "red"],
  failed: [IconAlertTriangle, "red"],
  in_doubt: [IconAlertTriangle, "orange"],
};

/** What happened to one message, in order. */
export function Moments({ of }: { of: Moment[] }) {
  if (of.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing has happened to this message yet.
      </Text>
    );
  }
  return (
    <Timeline active={of.length} bulletSize={26} lineWidth={2}>
      {of.map((moment, place) => (
        <Timeline.Item key={place} {...looksOf(moment.kind)} title={words(moment.kind)}>
          {moment.detail && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {moment.detail}
            </Text>
          )}
          <Text size="xs" c="dimmed" mt={2}>
            <Time at={moment.at} full />
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function looksOf(kind: string) {
  const [Icon, color] = LOOKS[kind] ?? [IconClock, "gray"];
  return { color, bullet: <Icon size={14} stroke={2} /> };
}
