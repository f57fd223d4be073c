import { Alert, Button, Group, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { IconHourglass } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { CampaignOverview } from "../../api/types";
import { until } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { useAct } from "./queries";

/** While it is held back: how long still, and the way back to a draft. The server counts; this page may be closed. */
export function Held({ id, of }: { id: string; of: CampaignOverview }) {
  return of.held_until ? <Counting id={id} until={of.held_until} /> : null;
}

function Counting({ id, until: end }: { id: string; until: string }) {
  const act = useAct(id);
  const navigate = useNavigate();
  const [, tick] = useState(0);
  useInterval(() => tick((count) => count + 1), 1000, { autoInvoke: true });
  // this is gone from the page as soon as it is a draft, so that what follows is no callback of it; an error is shown
  const undo = () => void act.mutateAsync("revert").then(() => navigate(`/campaigns/${id}/edit`), () => undefined);
  return (
    <Alert color="blue" icon={<IconHourglass />} title={`It goes out ${until(end)}`}>
      <Text size="sm">Until then nobody gets it. You may close this page: it goes out by itself.</Text>
      {act.error && (
        <Text size="sm" c="red" role="alert" mt={4}>
          {act.error.message}
        </Text>
      )}
      <Offered by="cancel_campaign_send">
        <Group mt="sm">
          <Button size="xs" onClick={undo} loading={act.isPending}>
            Undo: make it a draft again
          </Button>
        </Group>
      </Offered>
    </Alert>
  );
}
