import { ActionIcon, Badge, Loader, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { useProgress, useSaveSegment } from "./queries";
import type { Segment as Whole } from "../../api/types";
import { words } from "../../ui/format";

type Segment = Pick<Whole, "is_processing" | "is_active">;

/** Active, inactive, or how far its building is. */
export function SegmentState({ id, of }: { id: string; of: Segment }) {
  const progress = useProgress(id, of.is_processing === true).data?.data.attributes;
  if (of.is_active === false) {
    return (
      <Tooltip label="It sleeps: its members do not change until it is reactivated">
        <Badge color="gray" tt="none">
          Inactive
        </Badge>
      </Tooltip>
    );
  }
  if (!of.is_processing) return <Badge tt="none">Active</Badge>;
  const share = progress?.is_processing ? ` ${Math.floor(progress.progress * 100)}%` : "";
  return (
    <Badge color="blue" leftSection={<Loader size={10} color="blue" />} tt="none">
      Processing{share}
    </Badge>
  );
}

/** The same at length, while it is being built; nothing afterwards. */
export function Building({ id, of }: { id: string; of: Segment }) {
  const progress = useProgress(id, of.is_processing === true).data?.data.attributes;
  if (!of.is_processing || !progress) return null;
  return (
    <Stack gap={4} role="status">
      <Progress value={100 * progress.progress} animated aria-label="Building" />
      <Text size="xs" c="dimmed">
        {words(progress.step ?? "looking for its members")} · {Math.floor(progress.progress * 100)}%
      </Text>
    </Stack>
  );
}

export function Star({ id, starred }: { id: string; starred: boolean }) {
  const save = useSaveSegment(id);
  const label = starred ? "Take the star away" : "Star it: it stays active for a year without use";
  return (
    <Tooltip label={save.error?.message ?? label}>
      <ActionIcon
        variant="subtle"
        color={starred ? "yellow" : "gray"}
        aria-label={starred ? "Unstar" : "Star"}
        aria-pressed={starred}
        loading={save.isPending}
        onClick={() => save.mutate({ is_starred: !starred })}
      >
        {starred ? <IconStarFilled size={17} /> : <IconStar size={17} />}
      </ActionIcon>
    </Tooltip>
  );
}
