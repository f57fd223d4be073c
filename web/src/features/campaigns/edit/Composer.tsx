import { Alert, Anchor, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { Link, useLocation, useParams } from "react-router";
import { useAccount } from "../../../api/account";
import { ApiProblem } from "../../../api/client";
import { useMay } from "../../../api/session";
import { Kept } from "../../../editor/Unsaved";
import { useLeaving } from "../../../editor/useSaving";
import { same } from "../../../ui/form/join";
import { Changed } from "../../../ui/form/Changed";
import { Card, Page } from "../../../ui/Page";
import { Closed, Problem } from "../../../ui/States";
import { Audience } from "./Audience";
import { Checklist } from "./Checklist";
import classes from "./Composer.module.css";
import { Content } from "./Content";
import { faultOf, type PartProps } from "./parts";
import { knownOf, roadOf, useDraft, useReadiness } from "./queries";
import { SaveState } from "./SaveState";
import { goTo, Section } from "./Section";
import { Sender } from "./Sender";
import { DraftStore, type Known } from "./store";
import { Subject } from "./Subject";
import { Test } from "./Test";
import { Tracking } from "./Tracking";
import { WhatHappens } from "./WhatHappens";
import { When } from "./When";
import { fieldName, fieldValue } from "./words";

export function Composer() {
  const { id = "" } = useParams();
  const query = useDraft(id);
  const may = useMay("update_campaign_draft");
  // the heading stays when the draft arrives, and with it the focus
  const [name, setName] = useState<string | null>(null);
  const isDraft = query.data?.data.attributes.status === "Draft";
  const writes = may && query.data !== undefined && isDraft;
  return (
    <Page
      title={writes && name !== null ? name.trim() || "Untitled campaign" : "Edit the campaign"}
      subtitle={writes && "A draft: nothing goes out before you say so."}
      back={writes ? ["/campaigns", "Campaigns"] : [`/campaigns/${id}`, "The campaign"]}
    >
      {!may && <Closed>Your role sees campaigns and does not write them.</Closed>}
      {writes && <Writing key={id} id={id} opened={knownOf(query.data)} onName={setName} />}
      {may && query.data && !isDraft && (
        <Alert color="gray" title="It is on its way or over">
          A campaign that was sent or scheduled is not changed any more.{" "}
          <Anchor component={Link} to={`/campaigns/${id}`} inherit underline="always">
            See how it does
          </Anchor>
          ; while it waits, it can be made a draft again there.
        </Alert>
      )}
      {may && query.error && <Problem error={query.error} retry={query.refetch} {...titleOf(query.error)} />}
      {may && query.isPending && <Skeleton height={480} radius="lg" />}
    </Page>
  );
}

function titleOf(error: Error) {
  return error instanceof ApiProblem && error.status === 409 ? { title: "The composer can’t show this campaign" } : {};
}

interface WritingProps {
  id: string;
  opened: Known;
  onName: (name: string) => void;
}

function Writing({ id, opened, onName }: WritingProps) {
  const client = useQueryClient();
  const { account_id } = useAccount();
  const [road] = useState(() => roadOf(client, account_id, id));
  const [store] = useState(() => new DraftStore(opened, road));
  const { draft, state: standing, problems, meanwhile } = useSyncExternalStore(store.subscribe, store.snapshot);
  useLeaving(store);
  useArriving();
  const readiness = useReadiness(id).data?.data.attributes;
  const change = useCallback<PartProps["change"]>((changes, urgent) => store.change(changes, urgent), [store]);
  const fault = (field: string) => (standing === "refused" ? faultOf(problems, field) : undefined);
  const part = { draft, change, fault };
  const faults = problems.map(({ detail }) => detail);
  useEffect(() => onName(draft.name), [draft.name, onName]);
  return (
    <Kept journal={road.journal} isSaved={(kept) => same(kept.draft, opened.draft)} take={(kept) => store.restore(kept.content)}>
      {meanwhile && (
        <Changed
          meanwhile={{ ...meanwhile, values: meanwhile.mine }}
          thing="campaign"
          nameOf={fieldName}
          shown={fieldValue}
          take={() => store.take()}
          overwrite={() => store.overwrite()}
        />
      )}
      <div className={classes.layout}>
        <Stack gap="lg">
          <Section name="name" title="Name">
            <TextInput
              aria-label="Name of the campaign"
              description="For you and your team; nobody who gets it sees it."
              value={draft.name}
              onChange={({ currentTarget }) => change({ name: currentTarget.value })}
              error={fault("name")}
            />
          </Section>
          <Audience {...part} />
          <Subject {...part} />
          <Content id={id} {...part} />
          <Test {...part} />
          <Sender {...part} />
          <When {...part} />
          <Tracking {...part} />
          <WhatHappens id={id} draft={draft} readiness={readiness} flush={() => store.flush()} />
        </Stack>
        <aside className={classes.aside} aria-label="Ready to go?">
          <Card title="Ready to go?">
            <Stack gap="md">
              <SaveState standing={standing} faults={faults} save={() => void store.flush()} />
              {readiness ? <Reach of={readiness} /> : <Skeleton height={48} />}
              {readiness && <Checklist problems={readiness.problems} />}
            </Stack>
          </Card>
        </aside>
      </div>
    </Kept>
  );
}

function Reach({ of }: { of: { recipients: number; members: number } }) {
  return (
    <Group gap={6} align="baseline" aria-live="polite">
      <Text fz={28} fw={640} lh={1.2} data-testid="recipients">
        {of.recipients.toLocaleString("en-US")}
      </Text>
      <Text size="sm" c="dimmed">
        {of.recipients === 1 ? "person gets it" : "people get it"}
        {of.members > of.recipients && `, of ${of.members.toLocaleString("en-US")}`}
      </Text>
    </Group>
  );
}

/** To the section that the address names, once the page has taken its own focus. */
function useArriving() {
  const { hash } = useLocation();
  useEffect(() => {
    if (!hash) return;
    const frame = requestAnimationFrame(() => goTo(hash.slice(1)));
    return () => cancelAnimationFrame(frame);
  }, [hash]);
}
