import { SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { useAccount } from "../../api/account";
import type { CampaignOverview } from "../../api/types";
import { Card } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Approval } from "./Approval";
import { Checklist } from "./edit/Checklist";
import { Seen } from "./edit/Seen";
import { useReadiness } from "./edit/queries";
import { passedOver, test, when, who } from "./edit/words";
import { useDraftSeen } from "./queries";

/** What is to go out and did not yet: whom it goes to, when, and how it looks. */
export function Planned({ id, of }: { id: string; of: CampaignOverview }) {
  const { timezone } = useAccount();
  const readiness = useReadiness(id);
  const { draft, version, error } = useDraftSeen(id, true);
  const of_it = readiness.data?.data.attributes;
  return (
    <>
      <Approval id={id} of={of} version={version} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Card title={of.status === "Draft" ? "What will happen once it is sent" : "What will happen"}>
          {readiness.error && <Problem error={readiness.error} retry={readiness.refetch} />}
          {of_it && draft ? (
            <Stack gap="xs">
              <Text size="sm">{who(of_it)}</Text>
              {passedOver(of_it) && (
                <Text size="sm" c="dimmed">
                  {passedOver(of_it)}
                </Text>
              )}
              {(of.status === "Draft" || draft.sending.strategy !== "immediate") && <Text size="sm">{when(draft.sending, timezone)}</Text>}
              {test(draft) && <Text size="sm">{test(draft)}</Text>}
              {of.status === "Draft" && <Checklist problems={of_it.problems} edit={`/campaigns/${id}/edit`} />}
            </Stack>
          ) : (
            !readiness.error && !error && <Skeleton height={90} />
          )}
          {error && (
            <Text size="sm" c="dimmed">
              {error.message}
            </Text>
          )}
        </Card>
        {draft && draft.variations.some(({ template_id }) => template_id !== null) && (
          <Card title="How it looks">
            <Seen id={id} variations={draft.variations} />
          </Card>
        )}
      </SimpleGrid>
    </>
  );
}
