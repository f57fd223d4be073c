import { ActionIcon, Anchor, Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendar, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link } from "react-router";
import { useAccount } from "../../../api/account";
import type { Campaign, Resource } from "../../../api/types";
import { useAddress } from "../../../ui/address";
import { Card, Page } from "../../../ui/Page";
import { Empty, Problem } from "../../../ui/States";
import { Status } from "../../../ui/Status";
import { NewCampaign } from "../NewCampaign";
import { useCampaignsBetween, useDrafts } from "../queries";
import classes from "./Calendar.module.css";
import { around, dayAt, monthOf, moved, weeksOf } from "./month";

interface Entry {
  id: string;
  name: string;
  status: string;
  time: string;
}

/** What is planned and what was sent, by the days of the account's zone. */
export function Calendar() {
  const { timezone } = useAccount();
  const [today] = useMemo(() => [dayAt(Date.now(), timezone)], [timezone]);
  const [address, setMonth] = useAddress("month");
  const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(address) ? address : monthOf(today);
  const weeks = useMemo(() => weeksOf(month), [month]);
  const query = useCampaignsBetween(...around(weeks));
  const drafts = useDrafts().data?.data;
  const entries = useMemo(() => byDay([...(query.data?.data ?? []), ...(drafts ?? [])], timezone), [query.data, drafts, timezone]);
  const undated = drafts?.filter(({ attributes }) => !attributes.planned_at) ?? [];
  const narrow = useMediaQuery("(max-width: 48em)");
  const name = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));
  const steps = (
    <Group gap="xs">
      <ActionIcon variant="default" size={32} aria-label="The month before" onClick={() => setMonth(moved(month, -1))}>
        <IconChevronLeft size={18} />
      </ActionIcon>
      <Button variant="default" size="xs" onClick={() => setMonth(null)}>
        Today
      </Button>
      <ActionIcon variant="default" size={32} aria-label="The month after" onClick={() => setMonth(moved(month, 1))}>
        <IconChevronRight size={18} />
      </ActionIcon>
    </Group>
  );
  return (
    <Page title="Calendar" subtitle={`What is planned and what was sent, and drafts that have a day, in ${timezone}.`} back={["/campaigns", "Campaigns"]} actions={<NewCampaign />}>
      <Card title={name} aside={steps} flush>
        {query.error && <Problem error={query.error} retry={query.refetch} />}
        {query.isPending && <Skeleton height={420} />}
        {query.data && (narrow ? <Days month={month} entries={entries} /> : <Month name={name} month={month} weeks={weeks} today={today} entries={entries} />)}
        {undated.length > 0 && (
          <Text size="sm" c="dimmed" p="md">
            Drafts without a day:{" "}
            {undated.slice(0, MOST_UNDATED).map(({ id, attributes }, place) => (
              <span key={id}>
                {place > 0 && ", "}
                <Anchor component={Link} to={`/campaigns/${id}/edit`} inherit underline="always">
                  {attributes.definition.name || "Untitled campaign"}
                </Anchor>
              </span>
            ))}
            {undated.length > MOST_UNDATED && ` and ${undated.length - MOST_UNDATED} more`}.
          </Text>
        )}
        {query.data?.links?.next && (
          <Text size="sm" c="dimmed" p="md">
            These are the first hundred of the month. The others are in the list of campaigns.
          </Text>
        )}
      </Card>
    </Page>
  );
}

const MOST_UNDATED = 8;

/** When it went or goes, or as a draft is to go. */
const momentOf = ({ attributes }: Resource<Campaign>) => attributes.send_time ?? attributes.planned_at ?? null;

const addressOf = ({ id, status }: Entry) => (status === "Draft" ? `/campaigns/${id}/edit` : `/campaigns/${id}`);

function byDay(campaigns: Resource<Campaign>[], timezone: string): Map<string, Entry[]> {
  const days = new Map<string, Entry[]>();
  const sorted = [...campaigns].sort((one, other) => Date.parse(momentOf(one) ?? "") - Date.parse(momentOf(other) ?? ""));
  for (const campaign of sorted) {
    const { id, attributes } = campaign;
    const moment = momentOf(campaign);
    if (!moment) continue;
    const day = dayAt(moment, timezone);
    const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: timezone }).format(new Date(moment));
    days.set(day, [...(days.get(day) ?? []), { id, name: attributes.definition.name || "Untitled campaign", status: attributes.status, time }]);
  }
  return days;
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

interface MonthProps {
  name: string;
  month: string;
  weeks: string[][];
  today: string;
  entries: Map<string, Entry[]>;
}

function Month({ name, month, weeks, today, entries }: MonthProps) {
  return (
    <Table className={classes.month} aria-label={`Campaigns of ${name}`}>
      <Table.Thead>
        <Table.Tr>
          {WEEKDAYS.map((weekday) => (
            <Table.Th key={weekday}>{weekday}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {weeks.map((week) => (
          <Table.Tr key={week[0]}>
            {week.map((day) => (
              <Table.Td key={day} data-outside={monthOf(day) !== month || undefined} aria-current={day === today ? "date" : undefined}>
                <time dateTime={day} className={classes.number}>
                  {Number(day.slice(8))}
                </time>
                {(entries.get(day) ?? []).map((entry) => (
                  <Link key={entry.id} to={addressOf(entry)} className={classes.entry} data-planned={entry.status === "Scheduled" || undefined} data-draft={entry.status === "Draft" || undefined}>
                    <span>{entry.time}</span> {entry.name}
                    <span className={classes.status}>{entry.status}</span>
                  </Link>
                ))}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Days({ month, entries }: { month: string; entries: Map<string, Entry[]> }) {
  const days = [...entries].filter(([day]) => monthOf(day) === month).sort(([one], [other]) => one.localeCompare(other));
  if (days.length === 0)
    return (
      <Empty icon={IconCalendar} title="Nothing this month">
        Campaigns stand here on the day on which they go or went out.
      </Empty>
    );
  const titled = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  return (
    <Stack gap="md" p="md">
      {days.map(([day, of]) => (
        <section key={day} aria-label={titled.format(new Date(`${day}T00:00:00Z`))}>
          <Text size="sm" fw={600} mb={4}>
            {titled.format(new Date(`${day}T00:00:00Z`))}
          </Text>
          <Stack gap={6}>
            {of.map((entry) => (
              <Group key={entry.id} gap="sm" wrap="nowrap" justify="space-between">
                <Anchor component={Link} to={addressOf(entry)} size="sm" style={{ overflowWrap: "anywhere" }}>
                  {entry.time} {entry.name}
                </Anchor>
                <Status of={entry.status} />
              </Group>
            ))}
          </Stack>
        </section>
      ))}
    </Stack>
  );
}
