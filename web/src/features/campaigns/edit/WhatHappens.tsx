import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconClock, IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAccount } from "../../../api/account";
import { useMay } from "../../../api/session";
import type { Draft } from "./document";
import { AskApproval } from "../Approval";
import { HOLD, useSendCampaign, type Readiness } from "./queries";
import { Section } from "./Section";
import { passedOver, people, test, when, who } from "./words";

interface WhatHappensProps {
  id: string;
  draft: Draft;
  readiness: Readiness | undefined;
  /** Has everything that is on the screen with the server. */
  flush: () => Promise<boolean>;
}

/** In words, what the button does; then the button. */
export function WhatHappens({ id, draft, readiness, flush }: WhatHappensProps) {
  const { timezone } = useAccount();
  const maySend = useMay("send_campaign");
  if (!readiness) return null;
  return (
    <Section name="summary" title="What will happen">
      <Stack gap="xs">
        <Text size="sm">{who(readiness)}</Text>
        {passedOver(readiness) && (
          <Text size="sm" c="dimmed">
            {passedOver(readiness)}
          </Text>
        )}
        <Text size="sm">{when(draft.sending, timezone)}</Text>
        {test(draft) && <Text size="sm">{test(draft)}</Text>}
        {maySend ? (
          <Send id={id} draft={draft} readiness={readiness} flush={flush} />
        ) : (
          <AskApproval id={id} flush={flush} isReady={readiness.is_ready} />
        )}
      </Stack>
    </Section>
  );
}

function Send({ id, draft, readiness, flush }: WhatHappensProps & { readiness: Readiness }) {
  const send = useSendCampaign(id);
  const navigate = useNavigate();
  const [unsaved, setUnsaved] = useState(false);
  const [pressed, setPressed] = useState(false);
  const now = draft.sending.strategy === "immediate";
  const press = async () => {
    setPressed(true);
    setUnsaved(false);
    const saved = await flush();
    setUnsaved(!saved);
    if (saved) send.mutate(HOLD, { onSuccess: () => void navigate(`/campaigns/${id}`), onSettled: () => setPressed(false) });
    else setPressed(false);
  };
  return (
    <Stack gap="xs" mt="xs">
      {!readiness.is_ready && (
        <Text size="sm" c="dimmed">
          The checklist says what is missing before it can go.
        </Text>
      )}
      {(unsaved || send.error) && (
        <Alert color="red" role="alert" title="Not sent">
          {send.error?.message ?? "What you wrote is not saved, so nothing was sent. See the line above the checklist."}
        </Alert>
      )}
      <Button
        leftSection={now ? <IconSend size={16} /> : <IconClock size={16} />}
        onClick={() => void press()}
        loading={pressed}
        disabled={!readiness.is_ready}
        style={{ alignSelf: "flex-start" }}
      >
        {now ? `Send to ${people(readiness.recipients)}` : `Schedule for ${people(readiness.recipients)}`}
      </Button>
    </Stack>
  );
}
