import { Button, Group, Progress, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconFileExport } from "@tabler/icons-react";
import { useAll } from "../../../grammar/builder/pickers";
import { useLists, useMetrics, useSegments } from "../../../grammar/queries";
import { count, rate } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Empty, Problem, Rows } from "../../../ui/States";
import { Status } from "../../../ui/Status";
import { Time } from "../../../ui/Time";
import classes from "./Exports.module.css";
import { NewExport } from "./NewExport";
import { useExports, type Export } from "./queries";

export function Exports() {
  const sources = { list: useAll(useLists()), segment: useAll(useSegments()), metric: useAll(useMetrics()) };
  const { exports, error, refetch } = useExports();
  const nameOf = ({ type, id }: Export["source"]) =>
    sources[type as keyof typeof sources]?.find((one) => one.id === id)?.attributes.name ?? id;
  return (
    <Stack gap="md">
      <NewExport sources={sources} />
      <Card title="Exports" flush>
        {exports ? <List of={exports} nameOf={nameOf} /> : error ? <Problem error={error} retry={refetch} /> : <Rows rows={3} />}
      </Card>
    </Stack>
  );
}

const KINDS: Record<string, string> = { list: "Profiles of the list", segment: "Profiles of the segment", metric: "Events" };

function List({ of, nameOf }: { of: Export[]; nameOf: (source: Export["source"]) => string }) {
  if (of.length === 0) {
    return (
      <Empty icon={IconFileExport} title="No exports yet">
        An export is made in the background and can be downloaded for seven days: CSV, packed with gzip, which spreadsheets and databases
        read.
      </Empty>
    );
  }
  return (
    <Table aria-label="Exports" verticalSpacing="sm" horizontalSpacing="lg" className={classes.table}>
      <Table.Thead className={classes.head}>
        <Table.Tr>
          <Table.Th>What</Table.Th>
          <Table.Th w={190}>State</Table.Th>
          <Table.Th w={120}>Made</Table.Th>
          <Table.Th w={150} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {of.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>
              <Text size="sm" fw={600} className={classes.name}>
                {nameOf(one.source)}
              </Text>
              <Text size="xs" c="dimmed">
                {KINDS[one.source.type] ?? ""}
              </Text>
            </Table.Td>
            <Table.Td>
              <State of={one} />
            </Table.Td>
            <Table.Td>
              <Text size="sm" c="dimmed">
                <Time at={one.created} />
              </Text>
            </Table.Td>
            <Table.Td ta="right">
              {one.status === "complete" && (
                <Button component="a" href={one.download} download size="xs" variant="default" leftSection={<IconDownload size={15} />}>
                  Download
                </Button>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function State({ of }: { of: Export }) {
  if (of.status === "processing") {
    const part = of.total > 0 ? (100 * of.done) / of.total : 0;
    return (
      <div>
        <Progress value={part} animated={part < 100} aria-label="Being made" />
        <Text size="xs" c="dimmed" mt={4}>
          {of.total > 0 ? `${rate(of.done, of.total)} of ${count(of.total)} rows` : "Being made …"}
        </Text>
      </div>
    );
  }
  if (of.status === "complete") {
    return (
      <div>
        <Group gap={6}>
          <Status of="Ready" />
          <Text size="xs" c="dimmed">
            {count(of.done)} rows{of.size === null ? "" : `, ${sized(of.size)}`}
          </Text>
        </Group>
        <Text size="xs" c="dimmed" mt={2}>
          Is deleted <Time at={of.expires} ahead />
        </Text>
      </div>
    );
  }
  if (of.status === "failed") {
    return (
      <div>
        <Status of="Failed" />
        <Text size="xs" c="dimmed" mt={2}>
          {of.error}
        </Text>
      </div>
    );
  }
  return (
    <Tooltip label="The file was kept for seven days. Make the export again.">
      <span>
        <Status of="Expired" />
      </span>
    </Tooltip>
  );
}

function sized(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
