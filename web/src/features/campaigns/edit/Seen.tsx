import { Alert, Group, NativeSelect, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../../api/session";
import { Picker } from "../../../ui/form/Picker";
import { Problem } from "../../../ui/States";
import { asSeen } from "../../messages";
import classes from "./Composer.module.css";
import type { Variation } from "./document";
import { usePreview } from "./queries";

interface SeenProps {
  id: string;
  variations: Variation[];
}

/** How one reader would see it, made by the server. */
export function Seen({ id, variations }: SeenProps) {
  const [width, setWidth] = useState("wide");
  const [wanted, setWanted] = useState<string | null>(null);
  const [profile, setProfile] = useState<string | null>(null);
  const seesPeople = useMay("get_profiles");
  const shown = variations.find((variation) => variation.id === wanted && wanted !== null) ?? variations[0];
  const query = usePreview(id, shown?.id ?? null, profile);
  const preview = query.data?.data.attributes;
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        {variations.length > 1 && (
          <NativeSelect
            label="Variation"
            data={variations.flatMap((each) => (each.id ? [{ value: each.id, label: each.name }] : []))}
            value={shown?.id ?? ""}
            onChange={({ currentTarget }) => setWanted(currentTarget.value)}
          />
        )}
        {seesPeople && <Picker kind="profile" label="As seen by" placeholder="A made-up reader" value={profile} onChange={setProfile} />}
        <SegmentedControl
          value={width}
          onChange={setWidth}
          data={[
            { value: "wide", label: "Wide" },
            { value: "phone", label: "Phone" },
          ]}
          aria-label="Width of the preview"
          visibleFrom="sm"
        />
      </Group>
      {query.error && <Problem error={query.error} retry={query.refetch} />}
      {preview?.error && (
        <Alert color="red" icon={<IconAlertTriangle />} title="It cannot be filled in">
          {preview.error}
        </Alert>
      )}
      {query.isPending && <Skeleton height={320} />}
      {preview?.html && (
        <div className={classes.stage} data-width={width}>
          <div className={classes.envelope}>
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {preview.subject || "(no subject)"}
            </Text>
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {preview.sender}
              {preview.preview_text && ` · ${preview.preview_text}`}
            </Text>
          </div>
          <iframe
            title="Preview of the message"
            sandbox=""
            referrerPolicy="no-referrer"
            srcDoc={asSeen(preview.html)}
            className={classes.frame}
          />
        </div>
      )}
    </Stack>
  );
}
