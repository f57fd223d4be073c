import { Alert, Anchor, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { Seen } from "./edit/Seen";
import { useCampaignOverview, useDraftSeen } from "./queries";
import type { CampaignOverview } from "../../api/types";
import { useAccount } from "../../api/account";
import { Chart } from "../../ui/charts/Chart";
import { overTime } from "../../ui/charts/plot";
import { Facts } from "../../ui/Facts";
import { brief, count, exact, money, rate } from "../../ui/format";
import { Numbers } from "../../ui/Numbers";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { Problem } from "../../ui/States";
import { Actions } from "./Actions";
import { Funnel } from "./Funnel";
import { Held } from "./Held";
import { Planned } from "./Planned";
import { Progress } from "./Progress";
import { Recipients } from "./Recipients";
import { hourly } from "./hours";
import { Tests } from "./Tests";

export function CampaignPage() {
  const { id = "" } = useParams();
  const { timezone } = useAccount();
  const overview = useCampaignOverview(id);
  const numbers = overview.data?.data.attributes;
  return (
    <Page
      title={numbers?.name ?? "Campaign"}
      mark={numbers && <Status of={numbers.status} size="md" />}
      subtitle={numbers && subtitleOf(numbers, timezone)}
      back={["/campaigns", "Campaigns"]}
      actions={numbers && <Actions id={id} of={numbers} />}
    >
      {numbers && <Held id={id} of={numbers} />}
      {numbers && isToCome(numbers) && <Planned id={id} of={numbers} />}
      {numbers && UNDER_WAY.includes(numbers.status) && <Progress id={id} of={numbers} />}
      {numbers && numbers.tests.length > 0 && !isToCome(numbers) && <Tests of={numbers} />}
      {numbers && !isToCome(numbers) && <Overview of={numbers} id={id} />}
      {numbers && !isToCome(numbers) && <Shown id={id} />}
      {!numbers && overview.error && <Problem error={overview.error} retry={overview.refetch} />}
      {!numbers && !overview.error && <Skeleton height={420} radius="lg" />}
      {numbers && !isToCome(numbers) && (
        <Offered by="get_campaign_recipients">
          <Recipients id={id} name={numbers.name} />
        </Offered>
      )}
    </Page>
  );
}

const UNDER_WAY = ["Queued without Recipients", "Sending", "Variations Sent"];

const isToCome = ({ status }: CampaignOverview) => status === "Draft" || status === "Scheduled";

function subtitleOf({ archived, send_time, status }: CampaignOverview, timezone: string): string | undefined {
  const did = status === "Scheduled" ? "Goes out" : status === "Sent" ? "Sent" : "Begun";
  const when = send_time && `${did} ${exact(send_time, timezone)} (${timezone}).`;
  return [archived && "In the archive.", when].filter(Boolean).join(" ") || undefined;
}

/** What was sent; nothing for what the composer can't show. */
function Shown({ id }: { id: string }) {
  const { draft } = useDraftSeen(id, true);
  if (!draft?.variations.some(({ template_id }) => template_id !== null)) return null;
  return (
    <Card title="How it looks">
      <Seen id={id} variations={draft.variations} />
    </Card>
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
    { label: "Recipients", value: brief(of.recipients), note: `${count(of.unsubscribes)} unsubscribed, ${beside(of.unsubscribes, of.delivered, of.usual?.unsubscribe_rate)}` },
    { label: "Delivered", value: brief(of.delivered), note: beside(of.delivered, of.recipients, of.usual && 1 - of.usual.bounce_rate) },
    { label: "Opened", value: brief(of.opens_unique), note: beside(of.opens_unique, of.delivered, of.usual?.open_rate) },
    { label: "Clicked", value: brief(of.clicks_unique), note: beside(of.clicks_unique, of.delivered, of.usual?.click_rate) },
    { label: "Orders", value: brief(of.orders), note: rate(of.orders, of.delivered) },
    { label: "Revenue", value: money(of.revenue, of.currency), note: each },
  ];
}

/** A rate, and what is usual in this account. */
function beside(part: number, whole: number, usual: number | null | undefined): string {
  return usual === undefined || usual === null ? rate(part, whole) : `${rate(part, whole)} · usually ${rate(usual, 1)}`;
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
        {of.queued > 0 ? "Everybody whose turn it was got it." : "Everybody it was meant for got it."}
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
        What goes out, opens, clicks and orders are drawn here hour by hour once the first message is out.
      </Text>
    );
  }
  const hours = hourly(of.series);
  const moments = { at: hours.map(({ at }) => at), shown: (at: number) => hourOf(at, timezone) };
  return (
    <Chart
      label="Messages, opens, clicks and orders by hour since sending"
      plot={(palette) =>
        overTime(
          moments,
          [
            { name: "Sent", kind: "line", values: hours.map(({ sent }) => sent) },
            { name: "Opens", kind: "line", values: hours.map(({ opens }) => opens) },
            { name: "Clicks", kind: "line", values: hours.map(({ clicks }) => clicks) },
            { name: "Orders (right)", kind: "line", right: true, values: hours.map(({ orders }) => orders) },
          ],
          palette,
        )
      }
    />
  );
}

function hourOf(at: number, timezone: string): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timezone }).format(new Date(at));
}
