import { Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { useOnce } from "../../ui/once";
import { Card, Page } from "../../ui/Page";
import { Problem, Rows } from "../../ui/States";
import { EMPTY, useBeginFromLibrary, useCreateFlow, useFlowLibrary, type LibraryFlow } from "./queries";
import { kindOf } from "./steps";
import { triggerOf } from "./triggers";
import { isSplit, type Wire } from "./tree";

/** The library of flows, and the empty canvas. */
export function NewFlow() {
  const library = useFlowLibrary();
  const once = useOnce();
  const create = useCreateFlow();
  const begin = useBeginFromLibrary();
  const navigate = useNavigate();
  const opened = ({ data }: { data: { id: string } }) => void navigate(`/flows/${data.id}/edit`);
  const isBusy = create.isPending || begin.isPending;
  const error = create.error ?? begin.error;
  // what can be begun at once stands first
  const entries = [...(library.data?.data ?? [])].sort((one, other) => one.attributes.missing.length - other.attributes.missing.length);
  return (
    <Page
      title="Create a flow"
      back={["/flows", "Flows"]}
      subtitle="Choose what to begin with; everything of it can be changed, and nothing is sent before you turn it on."
      actions={
        <Button variant="default" leftSection={<IconPlus size={16} />} loading={create.isPending} onClick={() => once((again) => create.mutate({ name: "New flow", definition: EMPTY }, { onSuccess: opened, onError: again }))}>
          Begin with an empty one
        </Button>
      }
    >
      {error && (
        <Text size="sm" c="red" role="alert">
          {error.message}
        </Text>
      )}
      {library.error && <Problem error={library.error} retry={library.refetch} />}
      {library.isPending && <Rows />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
        {entries.map(({ id, attributes }) => (
          <Entry key={id} of={attributes} isBusy={isBusy} begin={() => once((again) => begin.mutate(id, { onSuccess: opened, onError: again }))} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function Entry({ of, isBusy, begin }: { of: LibraryFlow; isBusy: boolean; begin: () => void }) {
  const { triggers, actions } = of.definition as { triggers: Wire[]; actions: { temporary_id: string; type: string; data: Wire }[] };
  const trigger = triggers[0] ?? {};
  const Begin = triggerOf(trigger).icon;
  return (
    <Card title={of.name}>
      <Stack gap="sm" justify="space-between" h="100%">
        <Text size="sm" c="dimmed">
          {of.description}
        </Text>
        <Stack gap={4} component="ol" p={0} m={0} style={{ listStyle: "none" }} aria-label={`Steps of ${of.name}`}>
          <Group component="li" gap={6} wrap="nowrap">
            <Begin size={14} />
            <Text size="xs">{triggerOf(trigger).label}</Text>
          </Group>
          {actions.map(({ temporary_id, type, data }) => {
            const { icon: Icon, label, words } = kindOf(type);
            const detail = isSplit(type) ? "" : words(data);
            return (
              <Group component="li" key={temporary_id} gap={6} wrap="nowrap">
                <Icon size={14} style={{ flexShrink: 0 }} />
                <Text size="xs" truncate>
                  {detail ? `${label}: ${detail}` : label}
                </Text>
              </Group>
            );
          })}
        </Stack>
        {of.missing.length > 0 ? (
          <Text size="xs" c="dimmed">
            Waits for your store to send {of.missing.map((name) => `“${name}”`).join(" and ")}.
          </Text>
        ) : (
          <Button size="xs" disabled={isBusy} onClick={begin} style={{ alignSelf: "flex-start" }} aria-label={`Begin with ${of.name}`}>
            Begin with it
          </Button>
        )}
      </Stack>
    </Card>
  );
}
