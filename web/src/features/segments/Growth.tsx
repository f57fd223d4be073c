import { Skeleton, Text } from "@mantine/core";
import { useAccount } from "../../api/account";
import { useGrowth, type Step } from "./queries";
import { Chart } from "../../ui/charts/Chart";
import { overTime } from "../../ui/charts/plot";
import { brief } from "../../ui/format";
import { Card } from "../../ui/Page";
import { Problem } from "../../ui/States";

/** So few days are no picture; then hours are drawn. */
const FEW = 4;

/** How a segment's size went, and who came and left. */
export function Growth({ id, created }: { id: string; created: string }) {
  const days = useGrowth(id, created, "daily");
  const young = (days.data?.length ?? FEW) < FEW;
  const hours = useGrowth(id, created, "hourly", young);
  const { data, error, refetch, dataUpdatedAt } = young ? hours : days;
  // A test account's clock may be ahead of the world's; what has not begun yet is no size.
  const latest = Math.max(Date.parse(useAccount().now), dataUpdatedAt);
  const steps = data?.filter(({ at }) => Date.parse(at) <= latest);
  return (
    <Card title={young ? "Size by hour" : "Size by day"}>
      {steps ? <Drawn steps={steps} byHour={young} /> : error ? <Problem error={error} retry={refetch} /> : <Skeleton height={200} />}
    </Card>
  );
}

function Drawn({ steps, byHour }: { steps: Step[]; byHour: boolean }) {
  const { timezone } = useAccount();
  if (!steps.some(({ total, added, removed }) => total > 0 || added > 0 || removed > 0)) {
    return (
      <Text size="sm" c="dimmed">
        Its size is drawn here from the first member on.
      </Text>
    );
  }
  const labels = steps.map(({ at }) => momentOf(at, timezone, byHour));
  return (
    <Chart
      height={220}
      label={`Members, and who entered and left, by ${byHour ? "hour" : "day"}`}
      plot={(palette) =>
        overTime(
          labels,
          [
            { name: "Members", kind: "line", values: steps.map(({ total }) => total), format: brief },
            { name: "Entered (right)", kind: "bar", right: true, values: steps.map(({ added }) => added), format: brief },
            { name: "Left (right)", kind: "bar", right: true, values: steps.map(({ removed }) => removed), format: brief },
          ],
          palette,
        )
      }
    />
  );
}

function momentOf(at: string, timezone: string, byHour: boolean): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", ...(byHour && { hour: "2-digit", minute: "2-digit" }) };
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timezone }).format(new Date(at));
}
