import { Select, Table, Text } from "@mantine/core";
import { IconTargetArrow } from "@tabler/icons-react";
import { Link } from "react-router";
import { useAccount } from "../../../api/account";
import { useAddress } from "../../../ui/address";
import { Chart } from "../../../ui/charts/Chart";
import { overTime } from "../../../ui/charts/plot";
import { brief, count, money } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Empty } from "../../../ui/States";
import type { Figures, ModelReport } from "./queries";
import { channelWords, MODELS } from "./words";

const NAMES = Object.keys(MODELS);
/** As many lines as there are colours. */
const MOST_LINES = 4;
const EACH: Record<string, string> = { daily: "day", weekly: "week", monthly: "month" };

interface ModelsProps {
  of: ModelReport;
  by: string;
  interval: string;
  /** The account's own. */
  model: string;
}

/** Revenue of each group under every model, then one model by day. */
export function Models({ of, by, interval, model }: ModelsProps) {
  const rows = of.results
    .map((result) => ({ result, name: nameOf(result.groupings, by), earned: earned(result.models[model]) }))
    .sort((one, other) => other.earned - one.earned);
  if (rows.length === 0) {
    return (
      <Card>
        <Empty icon={IconTargetArrow} title="No order was earned by a message">
          {count(sum(of.totals.conversions))} orders came in without a touch whose window was open. Choose a longer timeframe, or look at the windows below.
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Card title="Revenue under every model" flush>
        <Table.ScrollContainer minWidth={620} type="native">
          <Table aria-label="Revenue under every model" horizontalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{by === "channel" ? "Channel" : by === "campaign" ? "Campaign" : "Flow"}</Table.Th>
                {NAMES.map((name) => (
                  <Table.Th key={name} ta="right">
                    {MODELS[name]}
                    {name === model && (
                      <Text size="xs" c="dimmed" fw={400}>
                        in force
                      </Text>
                    )}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ result, name }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500}>
                    <Named by={by} groupings={result.groupings} name={name} />
                  </Table.Th>
                  {NAMES.map((each) => (
                    <Table.Td key={each} ta="right">
                      <Cell of={result.models[each] ?? null} currency={of.currency} />
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Notes of={of} />
      </Card>
      <Days of={of} rows={rows.slice(0, MOST_LINES)} interval={interval} model={model} />
    </>
  );
}

function Named({ by, groupings, name }: { by: string; groupings: Record<string, string | null>; name: string }) {
  const id = groupings[`${by}_id`];
  return id ? <Link to={`/${by}s/${id}`}>{name}</Link> : name;
}

function Cell({ of, currency }: { of: Figures | null; currency: string }) {
  if (!of) return <Text size="sm" c="dimmed">–</Text>;
  return (
    <>
      {money(sum(of.conversion_value), currency)}
      <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {orders(sum(of.conversions))}
      </Text>
    </>
  );
}

function Notes({ of }: { of: ModelReport }) {
  const { status, paths, needed } = of.data_driven;
  const stray = of.unmatched_refunds;
  return (
    <Text size="sm" c="dimmed" px="md" py="sm" component="div">
      All orders: {money(sum(of.totals.conversion_value), of.currency)}, {orders(sum(of.totals.conversions))}. Counted on the day of the order.
      {status === "too-few-paths" && ` Data-driven needs ${count(needed)} paths to learn from and has ${count(paths)}.`}
      {stray.count > 0 && ` ${count(stray.count)} refunds, ${money(stray.value, of.currency)}, belong to no order and take nothing back.`}
    </Text>
  );
}

interface DaysProps {
  of: ModelReport;
  rows: { result: ModelReport["results"][number]; name: string }[];
  interval: string;
  model: string;
}

function Days({ of, rows, interval, model }: DaysProps) {
  const { timezone } = useAccount();
  const [chosen, setChosen] = useAddress("model");
  const shown = chosen in MODELS ? chosen : model;
  const labels = of.date_times.map((at) => dayOf(at, timezone));
  const title = `Revenue by ${EACH[interval] ?? interval}`;
  const models = NAMES.filter((name) => rows.some(({ result }) => result.models[name]));
  return (
    <Card
      title={title}
      aside={
        <Select
          size="xs"
          data={models.map((value) => ({ value, label: MODELS[value] ?? value }))}
          value={shown}
          onChange={setChosen}
          allowDeselect={false}
          aria-label="Model that is drawn"
          w={150}
        />
      }
    >
      <Chart
        height={240}
        label={`${title}, ${MODELS[shown] ?? shown}`}
        plot={(palette) =>
          overTime(
            labels,
            rows.map(({ result, name }) => ({
              name,
              kind: "line" as const,
              values: result.models[shown]?.conversion_value ?? labels.map(() => 0),
              format: brief,
            })),
            palette,
          )
        }
      />
    </Card>
  );
}

function nameOf(groupings: Record<string, string | null>, by: string): string {
  if (by === "channel") return channelWords(groupings["send_channel"] ?? "");
  return groupings[`${by}_name`] ?? `Other than ${by}s`;
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const earned = (of: Figures | null | undefined): number => (of ? sum(of.conversion_value) : 0);
const orders = (shares: number): string => `${count(Math.round(shares * 100) / 100)} ${shares === 1 ? "order" : "orders"}`;

function dayOf(at: string, timezone: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: timezone }).format(new Date(at));
}
