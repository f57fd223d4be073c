import { Skeleton, Stack, Switch, Text } from "@mantine/core";
import { isOutdated, versionOf } from "../../../api/client";
import { useMay } from "../../../api/session";
import { announce } from "../../../ui/announce";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { useSaveSettings, useSettings } from "./queries";

export function Campaigns() {
  const query = useSettings();
  const save = useSaveSettings();
  const may = useMay("update_campaign_settings");
  if (!query.data) return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={140} radius="lg" />;
  const needs = save.isPending ? save.variables.needs_approval : query.data.data.attributes.needs_approval;
  const change = (needs_approval: boolean) =>
    save.mutate(
      { needs_approval, version: versionOf(query.data) },
      {
        onSuccess: () => announce(needs_approval ? "Campaigns need approval from now on." : "Campaigns need no approval from now on."),
        // it may have been changed meanwhile: it is on the screen as it is now before anybody decides again
        onError: () => void query.refetch(),
      },
    );
  return (
    <Card title="Approval">
      <Stack gap="sm">
        <Switch
          label="Campaigns need approval"
          description="Whoever may not send asks for it; whoever may send approves, or declines with a sentence. Keys and applications send no campaign meanwhile."
          checked={needs}
          disabled={!may}
          onChange={({ currentTarget }) => change(currentTarget.checked)}
        />
        {save.error && (
          <Text size="sm" c="red" role="alert">
            {isOutdated(save.error)
              ? "Somebody else changed this while you looked at it, so nothing was saved. It is shown as it is now."
              : save.error.message}
          </Text>
        )}
        {!may && (
          <Text size="sm" c="dimmed">
            An owner, admin or manager of this account can change it.
          </Text>
        )}
      </Stack>
    </Card>
  );
}
