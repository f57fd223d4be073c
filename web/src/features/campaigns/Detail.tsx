import { Alert, Anchor, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconMail } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useMessages } from "../messages";
import { useCampaignOverview } from "./queries";
import type { CampaignOverview } from "../../api/types";
import { useAccount } from "../../api/account";
import { Chart } from "../../ui/charts/Chart";
import { overTime } from "../../ui/charts/plot";
import { useAddress } from "../../ui/address";
import { Facts } from "../../ui/Facts";
import { brief, count, money, rate } from "../../ui/format";
import { Numbers } from "../../ui/Numbers";
import { Card, Page } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { Empty, Problem } from "../../ui/States";
import { Funnel } from "./Funnel";
import { StatusFilter } from "../messages";
import { MessageTable } from "../messages";

export function CampaignPage() {
  const { id = "" } = useParams();
  const overview = useCampaignOverview(id);
  const numbers = overview.data?.data.attributes;
  return (
    <Page
      title={numbers?.name ?? "Campaign"}
      mark={numbers && <Status of={numbers.status} size="md" />}
      subtitle={numbers && numbers.queued > 0 ? `${count(numbers.queued)} messages are still waiting to go out.` : undefined}
      back={["/campaigns", "Campaigns"]}
    >
      {numbers && <Overview of={numbers} id={id} />}
      {!numbers && overview.error && <Problem error={overview.error} retry={overview.refetch} />}
      {!numbers && !overview.error && <Skeleton height={420} radius="lg" />}
      {numbers && <Sent campaign={id} />}
    </Page>
  );
}

function Overview({ of, id }: { of: CampaignOverview; id: string }) {
  const skipped = of.skipped.reduce((sum, { count: people }) => sum + people, 0);
  return (
    <Stack gap="lg">
      <Numbers figures={figuresOf(of)} />
      {of.in_doubt > 0 && <InDoubt count={of.in_doubt} campaign={id} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Card title="From list to order">
          <Funnel of={of} />
        </Card>
        <Card title="Who did not get it">
          <Skipped of={of} total={skipped} />
        </Card>
      </SimpleGrid>
      <Card title="Since sending">
        <Since of={of} />
      </Card>
    </Stack>
  );
}

function figuresOf(of: CampaignOverview) {
  const each = of.delivered > 0 ? `${money(of.revenue / of.delivered, of.currency)} per recipient` : undefined;
  return [
    { label: "Recipients", value: brief(of.recipients), note: `${count(of.unsubscribes)} unsubscribed` },
    { label: "Delivered", value: brief(of.delivered), note: rate(of.delivered, of.recipients) },
    { label: "Opened", value: brief(of.opens_unique), note: `${rate(of.opens_unique, of.delivered)} · ${count(of.opens)} opens` },
    { label: "Clicked", value: brief(of.clicks_unique), note: `${rate(of.clicks_unique, of.delivered)} · ${count(of.clicks)} clicks` },
    { label: "Orders", value: brief(of.orders), note: rate(of.orders, of.delivered) },
    { label: "Revenue", value: money(of.revenue, of.currency), note: each },
  ];
}

function InDoubt({ count: messages, campaign }: { count: number; campaign: string }) {
  return (
    <Alert color="orange" icon={<IconAlertTriangle />} title={`${count(messages)} in doubt`}>
      <Text size="sm">
        Rapport stopped while handing these over to the mail or SMS server. Each may or may not have arrived, so none is sent
        again by itself: nobody gets the same message twice.{" "}
        <Anchor component={Link} to={`/messages?campaign=${campaign}&status=in_doubt`} inherit c="inherit" underline="always">
          See who they are for
        </Anchor>
        , and look them up in the mail server's own log.
      </Text>
    </Alert>
  );
}

function Skipped({ of, total }: { of: CampaignOverview; total: number }) {
  if (total + of.bounced + of.in_doubt === 0) {
    return (
      <Text size="sm" c="dimmed">
        Everybody it was meant for got it.
      </Text>
    );
  }
  const reasons = of.skipped.map(({ reason, count: people }): [string, string] => [reason, count(people)]);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {count(total)} skipped by the rules that protect people, {count(of.bounced)} refused by their mail server.
      </Text>
      <Facts
        tally
        facts={[
          ...reasons,
          ["Bounced", of.bounced ? count(of.bounced) : null],
          ["In doubt", of.in_doubt ? count(of.in_doubt) : null],
        ]}
      />
    </Stack>
  );
}

function Since({ of }: { of: CampaignOverview }) {
  const { timezone } = useAccount();
  if (of.series.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Opens, clicks and orders are drawn here hour by hour once the first message is out.
      </Text>
    );
  }
  const labels = of.series.map(({ at }) => hourOf(at, timezone));
  return (
    <Chart
      label="Opens, clicks and orders by hour since sending"
      plot={(palette) =>
        overTime(
          labels,
          [
            { name: "Opens", kind: "line", values: of.series.map(({ opens }) => opens) },
            { name: "Clicks", kind: "line", values: of.series.map(({ clicks }) => clicks) },
            { name: "Orders (right)", kind: "line", right: true, values: of.series.map(({ orders }) => orders) },
          ],
          palette,
        )
      }
    />
  );
}

function hourOf(at: string, timezone: string): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timezone }).format(new Date(at));
}

function Sent({ campaign }: { campaign: string }) {
  const [status, setStatus] = useAddress("status");
  return (
    <Card title="Messages" aside={<StatusFilter value={status} onChange={setStatus} />} flush>
      <MessageTable
        pages={useMessages({ campaign, status })}
        withoutSource
        empty={
          <Empty icon={IconMail} title={status ? "None with this status" : "No messages yet"}>
            {status ? "Choose another status to see the others." : "They appear here as soon as the campaign is sent."}
          </Empty>
        }
      />
    </Card>
  );
}
