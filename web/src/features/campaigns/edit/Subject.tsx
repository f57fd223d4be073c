import { Button, Group, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconUser } from "@tabler/icons-react";
import { another, type Variation } from "./document";
import type { PartProps } from "./parts";
import { Section } from "./Section";

const MOST = 8;
const FIRST_NAME = "{{ first_name|default:'there' }}";

/** Subjects and preview texts; where there are several variations, of each. */
export function Subject({ draft, change, fault }: PartProps) {
  const { variations } = draft;
  const several = variations.length > 1;
  const set = (place: number, changes: Partial<Variation>) =>
    change({ variations: variations.map((each, at) => (at === place ? { ...each, ...changes } : each)) });
  // one at a time: until the server has named it, a further one could not be told from it
  const settled = variations.every(({ id }) => id !== null);
  const add = () => change({ variations: [...variations, another(draft)], ab_test: draft.ab_test ?? NEW_TEST }, true);
  const remove = (place: number) => {
    const rest = variations.filter((_, at) => at !== place);
    change({ variations: rest, ...(rest.length === 1 ? { ab_test: null } : {}) }, true);
  };
  return (
    <Section name="subject" title="Subject">
      <Stack gap="lg">
        {variations.map((variation, place) => (
          <Stack key={variation.id ?? `new ${place}`} gap="sm" role="group" aria-label={several ? variation.name : "Subject"}>
            {several && (
              <Group justify="space-between" align="flex-end" wrap="nowrap">
                <TextInput
                  label={`Name of variation ${place + 1}`}
                  description="For your reports; nobody else sees it."
                  value={variation.name}
                  onChange={({ currentTarget }) => set(place, { name: currentTarget.value })}
                  flex={1}
                  maw={320}
                />
                <Button variant="subtle" color="red" disabled={!settled} onClick={() => remove(place)} aria-label={`Remove ${variation.name}`}>
                  Remove
                </Button>
              </Group>
            )}
            <TextInput
              label={several ? `Subject of ${variation.name}` : "Subject"}
              description="What people read first in their mailbox."
              placeholder="New for spring"
              value={variation.subject}
              onChange={({ currentTarget }) => set(place, { subject: currentTarget.value })}
              error={fault(`variations/${place}/subject`)}
            />
            <TextInput
              label={several ? `Preview text of ${variation.name}` : "Preview text"}
              description="The line that mailboxes show after the subject."
              value={variation.preview_text}
              onChange={({ currentTarget }) => set(place, { preview_text: currentTarget.value })}
              error={fault(`variations/${place}/preview_text`)}
            />
            <Group gap="xs">
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconUser size={14} />}
                aria-label={several ? `Put the first name into the subject of ${variation.name}` : undefined}
                onClick={() => set(place, { subject: `${variation.subject} ${FIRST_NAME}`.trim() })}
              >
                Put the first name into the subject
              </Button>
            </Group>
          </Stack>
        ))}
        <Group>
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={add} disabled={!settled || variations.length >= MOST}>
            {several ? "Add a variation" : "Test another subject or content"}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

/** Half of the people try, the others get what won after four hours. */
const NEW_TEST = { winner_metric: "opens_unique", winner_percentage: 50, winner_wait_hours: 4 } as const;
