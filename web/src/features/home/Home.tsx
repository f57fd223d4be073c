import { Anchor, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconActivity, IconSend } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCampaigns } from "../campaigns";
import { useEvents } from "../events";
import { FirstSteps } from "./FirstSteps";
import { useOverview } from "./queries";
import type { Overview } from "../../api/types";
import { useAccount } from "../../api/account";
import { Chart } from "../../ui/charts/Chart";
import { overTime } from "../../ui/charts/plot";
import { CopyBlock, CopyLine } from "../../ui/Copy";
import { brief, money } from "../../ui/format";
import { Numbers } from "../../ui/Numbers";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Empty, Problem } from "../../ui/States";
import { CampaignTable } from "../campaigns";
import { EventList } from "../events";

export function Home() {
  const { account_name, test_account } = useAccount();
  const numbers = useOverview().data?.data.attributes;
  // Before anything has arrived, how to connect is the one thing that matters.
  const fresh = numbers?.profiles === 0 && numbers.events_24h === 0;
  return (
    <Page title={account_name} subtitle={test_account ? "A test account: its clock can be moved." : undefined}>
      <FirstSteps />
      <Counters />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: "start" }}>
        <Stack gap="lg" miw={0}>
          {!fresh && <RecentCampaigns />}
          <Offered by="get_events">
            <Connect />
          </Offered>
        </Stack>
        <Stack gap="lg" miw={0}>
          <Offered by="get_events">
            <RecentActivity />
          </Offered>
          {fresh && <RecentCampaigns />}
        </Stack>
      </SimpleGrid>
    </Page>
  );
}

function Counters() {
  const overview = useOverview();
  if (overview.error && !overview.data) return <Problem error={overview.error} retry={overview.refetch} />;
  const numbers = overview.data?.data.attributes;
  return (
    <>
      <Numbers
        waiting={!numbers}
        figures={[
          { label: "Profiles", value: brief(numbers?.profiles ?? 0) },
          { label: "Events, last 24 hours", value: brief(numbers?.events_24h ?? 0) },
          { label: "Messages sent", value: brief(numbers?.messages_sent ?? 0) },
          {
            label: "Attributed revenue, 30 days",
            value: money(numbers?.revenue_30d ?? 0, numbers?.currency ?? "USD"),
          },
        ]}
      />
      {numbers && <Days of={numbers} />}
    </>
  );
}

/** Nothing is drawn for an account in which nothing happened yet: an empty axis says less than the cards below. */
function Days({ of }: { of: Overview }) {
  if (!of.series.some(({ events, messages }) => events > 0 || messages > 0)) return null;
  const labels = of.series.map(({ date }) => dayOf(date));
  return (
    <Card title="Events and messages by day">
      <Chart
        height={200}
        label="Events and messages by day"
        plot={(palette) =>
          overTime(
            labels,
            [
              { name: "Events", kind: "line", values: of.series.map(({ events }) => events), format: brief },
              { name: "Messages", kind: "bar", values: of.series.map(({ messages }) => messages), format: brief },
            ],
            palette,
          )
        }
      />
    </Card>
  );
}

/** A calendar day is the same day everywhere: it must not be moved into a timezone. */
function dayOf(date: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(date));
}

function RecentCampaigns() {
  return (
    <Card title="Recent campaigns" aside={<All to="/campaigns" />} flush>
      <CampaignTable
        pages={{ ...useCampaigns({ size: 5 }), hasNextPage: false }}
        narrow
        empty={
          <Empty icon={IconSend} title="No campaigns yet">
            Its numbers appear here once one is made.
          </Empty>
        }
      />
    </Card>
  );
}

function RecentActivity() {
  return (
    <Card title="Recent activity" aside={<All to="/events" />} flush>
      <EventList
        pages={useEvents({ size: 16 }, true)}
        only={16}
        empty={
          <Empty icon={IconActivity} title="Nothing has happened yet">
            Send a first event: point an SDK at this server, as the card “Point an SDK here” shows.
          </Empty>
        }
      />
    </Card>
  );
}

function All({ to }: { to: string }) {
  return (
    <Anchor component={Link} to={to} size="sm">
      See all
    </Anchor>
  );
}

function Connect() {
  const { public_key } = useAccount();
  const host = location.origin;
  return (
    <Card title="Point an SDK here">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Every client written for the Klaviyo API works against this server. Only its host changes.
        </Text>
        <CopyLine label="Host" text={host} />
        <CopyLine label="Public key" text={public_key} />
        <CopyBlock label="Copy the example" text={exampleOf(host, public_key)} />
        <Text size="xs" c="dimmed">
          Calls under <code>/api</code> need a private key: <code>rapport keys create</code> makes one.
        </Text>
        <Group gap="xs">
          <Button component={Link} to="/developers" variant="light" size="xs">
            More for developers
          </Button>
          <Offered by="upload_import">
            <Button component={Link} to="/imports/new" variant="light" size="xs">
              Import people
            </Button>
          </Offered>
        </Group>
      </Stack>
    </Card>
  );
}

function exampleOf(host: string, key: string): string {
  return [
    `curl "${host}/client/events?company_id=${key}" \\`,
    `  -H "revision: 2026-10-15" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"data":{"type":"event","attributes":{`,
    `    "metric":{"data":{"type":"metric","attributes":{"name":"Viewed Product"}}},`,
    `    "profile":{"data":{"type":"profile","attributes":{"email":"ann@example.com"}}},`,
    `    "properties":{"ProductName":"Tea pot"}}}}'`,
  ].join("\n");
}
