import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconMessageQuestion, IconThumbDown } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isAbout } from "../../api/ask";
import { isOutdated } from "../../api/client";
import { useMay } from "../../api/session";
import type { CampaignOverview } from "../../api/types";
import { announce } from "../../ui/announce";
import { Sheet } from "../../ui/form/Sheet";
import { Offered } from "../../ui/Offered";
import { Time } from "../../ui/Time";
import { HOLD } from "./edit/queries";
import { useAsk, useCampaignOverview, useDecide, useWithdraw } from "./queries";

/** For who writes campaigns and does not send them: a way to somebody who does. */
export function AskApproval({ id, flush, isReady }: { id: string; flush: () => Promise<boolean>; isReady: boolean }) {
  const overview = useCampaignOverview(id).data?.data.attributes;
  const [words, setWords] = useState("");
  const [unsaved, setUnsaved] = useState(false);
  const ask = useAsk(id);
  if (!overview) return null;
  if (!overview.needs_approval)
    return (
      <Text size="sm" c="dimmed">
        Your role writes campaigns and does not send them: ask an owner, admin, manager or coordinator of this account.
      </Text>
    );
  if (overview.approval?.state === "asked") return <Approval id={id} of={overview} version={undefined} />;
  const press = async () => {
    const saved = await flush();
    setUnsaved(!saved);
    if (saved) ask.mutate(words, { onSuccess: () => announce("Asked: whoever may send is told.") });
  };
  return (
    <Stack gap="sm" mt="xs">
      {overview.approval?.state === "declined" && <Approval id={id} of={overview} version={undefined} />}
      <Textarea label="To whoever approves it" placeholder="What they should know" value={words} onChange={({ currentTarget }) => setWords(currentTarget.value)} autosize />
      {(unsaved || ask.error) && (
        <Text size="sm" c="red" role="alert">
          {ask.error?.message ?? "What you wrote is not saved, so nobody was asked. See the line above the checklist."}
        </Text>
      )}
      <Button onClick={() => void press()} loading={ask.isPending} disabled={!isReady} style={{ alignSelf: "flex-start" }}>
        Ask for approval
      </Button>
      {!isReady && (
        <Text size="sm" c="dimmed">
          The checklist says what is missing before it can go.
        </Text>
      )}
    </Stack>
  );
}

interface ApprovalProps {
  id: string;
  of: CampaignOverview;
  /** of the draft as it is on the screen */
  version: string | undefined;
}

/** Where an approval stands, and its decision for who may send. */
export function Approval({ id, of: { approval, status }, version }: ApprovalProps) {
  const maySend = useMay("decide_campaign_approval");
  const withdraw = useWithdraw(id);
  if (!approval || status !== "Draft") return null;
  if (approval.state === "declined")
    return (
      <Alert color="orange" icon={<IconThumbDown />} title={`${approval.by} declined it`}>
        <Text size="sm">“{approval.words}”</Text>
        <Text size="xs" c="dimmed">
          <Time at={approval.at} />
        </Text>
      </Alert>
    );
  if (approval.state !== "asked") return null;
  return (
    <Alert color="blue" icon={<IconMessageQuestion />} title={`${approval.by} asks for approval`}>
      <Text size="sm">“{approval.words}”</Text>
      <Text size="xs" c="dimmed">
        <Time at={approval.at} />
      </Text>
      {maySend ? (
        <Decide id={id} version={version} />
      ) : (
        <Offered by="withdraw_campaign_approval">
          <Button size="xs" variant="default" mt="sm" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Take it back
          </Button>
        </Offered>
      )}
    </Alert>
  );
}

function Decide({ id, version }: { id: string; version: string | undefined }) {
  const decide = useDecide(id);
  const [declining, setDeclining] = useState(false);
  const [words, setWords] = useState("");
  const client = useQueryClient();
  // what it is about was changed: it is on the screen as it is now before anybody decides again
  const again = { onError: () => void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["campaign"]) }) };
  return (
    <>
      {decide.error && !declining && (
        <Text size="sm" c="red" role="alert" mt="xs">
          {isOutdated(decide.error) ? "It was changed while you looked at it, so nothing was sent. Look at it as it is now, and decide again." : decide.error.message}
        </Text>
      )}
      <Group gap="xs" mt="sm">
        <Button size="sm" loading={decide.isPending && !declining} onClick={() => decide.mutate({ decision: "approve", hold_seconds: HOLD, version }, again)}>
          Approve and send
        </Button>
        <Button size="sm" variant="default" onClick={() => {
            // what was answered to another decision says nothing of this one
            decide.reset();
            setDeclining(true);
          }}>
          Decline
        </Button>
      </Group>
      <Sheet
        opened={declining}
        close={() => setDeclining(false)}
        title="Decline it"
        action="Decline the campaign"
        onSubmit={() => decide.mutate({ decision: "decline", words, version }, { ...again, onSuccess: () => setDeclining(false) })}
        pending={decide.isPending}
        error={decide.error}
      >
        <Textarea label="Why, in a sentence" data-autofocus value={words} onChange={({ currentTarget }) => setWords(currentTarget.value)} autosize minRows={2} />
      </Sheet>
    </>
  );
}
