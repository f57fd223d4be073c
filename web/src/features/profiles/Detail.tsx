import { Badge, Button, CloseButton, Group, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconActivity, IconDownload, IconMail } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { useEvents } from "../events";
import { FlowsOf } from "../flows";
import { useMessages } from "../messages";
import { useListsOf, useProfile, useRemoveFromList, useSegmentsOf } from "./queries";
import { rowsOf } from "../../api/records";
import type { Profile, Resource } from "../../api/types";
import type { Pages } from "../../ui/Endless";
import { useAddress } from "../../ui/address";
import { announce } from "../../ui/announce";
import { Facts, Properties } from "../../ui/Facts";
import { words } from "../../ui/format";
import { Card, Page } from "../../ui/Page";
import { Empty, Problem } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { consentsOf, type Consent } from "./consent";
import { EventList } from "../events";
import { MessageTable } from "../messages";
import { Actions } from "./Actions";
import classes from "./Detail.module.css";
import { handleOf, nameOf } from "./Table";

export function ProfilePage() {
  const { id = "" } = useParams();
  const query = useProfile(id);
  const profile = query.data?.data;
  const name = profile && nameOf(profile.attributes);
  return (
    <Page
      title={profile ? name || handleOf(profile) : "Profile"}
      subtitle={profile && name ? handleOf(profile) : undefined}
      back={["/profiles", "Profiles"]}
      actions={
        profile && (
          <Group gap="xs">
            <Everything id={id} />
            <Actions profile={profile} />
          </Group>
        )
      }
    >
      {profile && (
        <div className={classes.split}>
          <About profile={profile} />
          <Past id={id} />
        </div>
      )}
      {!profile && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!profile && !query.error && <Skeleton height={480} radius="lg" />}
    </Page>
  );
}

/** All that is held of this person, as one file to hand over. */
function Everything({ id }: { id: string }) {
  return (
    <Button component="a" href={`/api/profiles/${encodeURIComponent(id)}/everything`} download variant="default" size="xs" leftSection={<IconDownload size={14} />}>
      Download everything about this person
    </Button>
  );
}

function About({ profile }: { profile: Resource<Profile> }) {
  const { attributes } = profile;
  return (
    <Stack gap="lg" miw={0}>
      <Card title="Attributes">
        <Facts facts={attributesOf(profile)} />
      </Card>
      <Card title="Consent">
        <Consents of={consentsOf(attributes.subscriptions)} />
      </Card>
      <Card title="Lists & segments">
        <Stack gap="sm">
          <Audiences query={useListsOf(profile.id)} kind="list" profile={profile.id} />
          <Audiences query={useSegmentsOf(profile.id)} kind="segment" />
        </Stack>
      </Card>
      <Card title="Properties">
        <Properties of={attributes.properties} />
      </Card>
    </Stack>
  );
}

function attributesOf({ id, attributes }: Resource<Profile>): [string, ReactNode][] {
  return [
    ["E-mail", attributes.email],
    ["Phone", attributes.phone_number],
    ["External ID", attributes.external_id],
    ["Organization", attributes.organization],
    ["Title", attributes.title],
    ["Language", attributes.locale],
    ["Place", placeOf(attributes.location)],
    ["Timezone", attributes.location?.timezone as string | null],
    ["Created", <Time key="created" at={attributes.created} full />],
    ["Last event", attributes.last_event_date && <Time key="seen" at={attributes.last_event_date} full />],
    ["Profile ID", <code key="id">{id}</code>],
  ];
}

function placeOf(location: Profile["location"]): string {
  const parts = [location?.address1, location?.zip, location?.city, location?.region, location?.country];
  return parts.filter(Boolean).join(", ");
}

function Consents({ of }: { of: Consent[] }) {
  if (of.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        This person was never asked on any channel. They get no marketing until they agree.
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {of.map((consent) => (
        <div key={consent.channel}>
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" fw={550}>
              {consent.channel}
            </Text>
            <Status of={words(consent.consent.toLowerCase())} />
          </Group>
          <Text size="xs" c="dimmed">
            {consent.allowed ? "May be contacted" : "Is not contacted"}
            {consent.since && (
              <>
                , since <Time at={consent.since} />
              </>
            )}
            {consent.method && ` (${words(consent.method.toLowerCase())})`}
          </Text>
          {consent.suppressions.map((reason, place) => (
            <Badge key={place} color="red" size="xs" tt="none" mt={4} mr={4}>
              Suppressed: {words(reason.toLowerCase())}
            </Badge>
          ))}
        </div>
      ))}
    </Stack>
  );
}

interface AudiencesProps {
  query: Pages<{ name: string | null }>;
  kind: "list" | "segment";
  /** Whom they can be taken off from here. */
  profile?: string;
}

function Audiences({ query, kind, profile }: AudiencesProps) {
  const rows = rowsOf(query.data);
  if (!rows && query.error) return <Problem error={query.error} retry={query.refetch} />;
  if (!rows) return <Skeleton height={22} />;
  return (
    <div>
      <Text size="xs" c="dimmed" mb={6}>
        {kind === "list" ? "Lists" : "Segments"}
      </Text>
      <Group gap={6}>
        {rows.length === 0 && <Text size="sm">None</Text>}
        {rows.map(({ id, attributes }) => (
          <Group key={id} gap={0} wrap="nowrap">
            <Badge
              component={Link}
              to={`/audiences/${kind}s/${id}`}
              color={kind === "list" ? "spruce" : "indigo"}
              tt="none"
              className={classes.audience}
            >
              {attributes.name ?? id}
            </Badge>
            {profile && <TakeOff list={id} name={attributes.name ?? id} profile={profile} />}
          </Group>
        ))}
      </Group>
    </div>
  );
}

function TakeOff({ list, name, profile }: { list: string; name: string; profile: string }) {
  const remove = useRemoveFromList();
  const said = (text: string) => ({ onSuccess: () => announce(text), onError: (error: Error) => announce(`Not removed: ${error.message}`) });
  return (
    <CloseButton
      size="sm"
      aria-label={`Remove from ${name}`}
      disabled={remove.isPending}
      onClick={() => remove.mutate({ list, people: [profile] }, said(`Removed from ${name}.`))}
    />
  );
}

function Past({ id }: { id: string }) {
  const [view, setView] = useAddress("view");
  return (
    <Card flush>
      <Tabs value={view || "events"} onChange={setView} keepMounted={false}>
        <Tabs.List px="sm">
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="messages">Messages</Tabs.Tab>
          <Tabs.Tab value="flows">Flows</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="events">
          <TheirEvents profile={id} />
        </Tabs.Panel>
        <Tabs.Panel value="messages">
          <TheirMessages profile={id} />
        </Tabs.Panel>
        <Tabs.Panel value="flows">
          <FlowsOf profile={id} />
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}

function TheirEvents({ profile }: { profile: string }) {
  return (
    <EventList
      pages={useEvents({ profile }, true)}
      withoutProfile
      empty={
        <Empty icon={IconActivity} title="No events yet">
          What this person does, and what is sent to them, is listed here as it happens.
        </Empty>
      }
    />
  );
}

function TheirMessages({ profile }: { profile: string }) {
  return (
    <MessageTable
      pages={useMessages({ profile })}
      empty={
        <Empty icon={IconMail} title="No messages yet">
          Nothing was sent to this person, and nothing was held back.
        </Empty>
      }
    />
  );
}
