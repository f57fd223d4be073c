import { Anchor, SegmentedControl, SimpleGrid, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useMessage } from "./queries";
import type { MessageInFull } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Facts } from "../../ui/Facts";
import { Card, Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { asSeen } from "./asSeen";
import classes from "./Detail.module.css";
import { Channel, Source } from "./Table";
import { Moments } from "./Moments";
import { recipientOf, subjectOf } from "./words";

export function MessagePage() {
  const { id = "" } = useParams();
  const query = useMessage(id);
  const message = query.data?.data.attributes;
  return (
    <Page
      title={message ? subjectOf(message) : "Message"}
      mark={message && <Status of={message.status} detail={message.skip_reason} size="md" />}
      subtitle={message && <>to {message.to}</>}
      back={["/messages", "Messages"]}
    >
      {message && (
        <div className={classes.split}>
          <Seen message={message} />
          <Stack gap="lg" miw={0}>
            <Card title="What happened">
              <Moments of={message.timeline ?? []} />
            </Card>
            <Card title="About it">
              <About message={message} />
            </Card>
          </Stack>
        </div>
      )}
      {!message && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!message && !query.error && <Waiting />}
    </Page>
  );
}

function Waiting() {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Skeleton height={480} radius="lg" />
      <Skeleton height={280} radius="lg" />
    </SimpleGrid>
  );
}

function About({ message }: { message: MessageInFull }) {
  return (
    <Facts
      facts={[
        ["Channel", <Channel key="channel" of={message.channel} />],
        [message.source?.kind === "flow" ? "Flow" : "Campaign", message.source && <Source key="source" of={message.source} />],
        ["Recipient", <Recipient key="recipient" message={message} />],
        ["Created", <Time key="created" at={message.created} full />],
        ["Sent", message.sent_at && <Time key="sent" at={message.sent_at} full />],
        ["Held back", message.skip_reason],
        ["Opens", message.opens],
        ["Clicks", message.clicks],
      ]}
    />
  );
}

function Recipient({ message }: { message: MessageInFull }) {
  if (!message.profile_id) return <>{recipientOf(message)}</>;
  return (
    <Anchor component={Link} to={`/profiles/${message.profile_id}`} size="sm">
      {message.to}
    </Anchor>
  );
}

function Seen({ message }: { message: MessageInFull }) {
  const [view, setView] = useAddress("view");
  const first = message.html ? "html" : "text";
  return (
    <Card flush>
      <Tabs value={view || first} onChange={setView} keepMounted={false}>
        <Tabs.List px="sm">
          {message.html && <Tabs.Tab value="html">As seen</Tabs.Tab>}
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="headers">Headers</Tabs.Tab>
        </Tabs.List>
        {message.html && (
          <Tabs.Panel value="html">
            <Rendered html={message.html} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="text" p="lg">
          <Plain message={message} />
        </Tabs.Panel>
        <Tabs.Panel value="headers" p="lg">
          <Facts facts={Object.entries(message.headers ?? {})} mono />
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}

function Rendered({ html }: { html: string }) {
  const [width, setWidth] = useState("wide");
  return (
    <div className={classes.stage}>
      <SegmentedControl
        size="xs"
        value={width}
        onChange={setWidth}
        data={[
          { value: "wide", label: "Wide" },
          { value: "phone", label: "Phone" },
        ]}
        aria-label="Width"
        visibleFrom="sm"
      />
      <iframe
        title="The message as its recipient saw it"
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={asSeen(html)}
        className={classes.frame}
        data-width={width}
      />
    </div>
  );
}

function Plain({ message }: { message: MessageInFull }) {
  if (!message.text) {
    return (
      <Text size="sm" c="dimmed">
        This message has no text version.
      </Text>
    );
  }
  return <div className={message.channel === "sms" ? classes.bubble : classes.plain}>{message.text}</div>;
}
