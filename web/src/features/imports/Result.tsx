import { Alert, Anchor, Button, Group, Progress as Bar, Stack, Table, Text } from "@mantine/core";
import { IconDownload, IconUsersGroup } from "@tabler/icons-react";
import { Link } from "react-router";
import { count } from "../../ui/format";
import { Card } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { refusedRowsOf, useCancel, type Import } from "./queries";
import { effectWords, outcomeWords } from "./words";

/** How far the file was read, while it is checked or brought in. */
export function Progress({ id, of }: { id: string; of: Import }) {
  const cancel = useCancel(id);
  const isCheck = of.status === "checking";
  const part = of.size > 0 ? Math.min(100, (100 * of.position) / of.size) : 0;
  return (
    <Card title={isCheck ? "The file is being checked" : "The file is being brought in"}>
      <Stack gap="sm">
        <Bar value={part} animated aria-label={isCheck ? "Checked so far" : "Brought in so far"} />
        <Text size="sm" role="status">
          {count(of.rows)} rows so far, {count(of.refused)} refused.
          {!isCheck && " You can leave this page: it goes on by itself."}
        </Text>
        {cancel.error && (
          <Text size="sm" c="red" role="alert">
            {cancel.error.message}
          </Text>
        )}
        <div>
          <Button variant="default" size="xs" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {isCheck ? "Stop checking" : "Stop the import"}
          </Button>
        </div>
      </Stack>
    </Card>
  );
}

/** What became of the file. */
export function Result({ id, of }: { id: string; of: Import }) {
  const lists = of.options.list_ids ?? [];
  return (
    <Card title="Result">
      <Stack gap="sm">
        {of.status === "failed" && (
          <Alert color="red" title="The import failed">
            {of.problem} What was brought in until then stays.
          </Alert>
        )}
        {of.status === "cancelled" && <Text size="sm">It was cancelled. What was brought in until then stays.</Text>}
        <div role="status">
          {(of.status === "complete" || of.rows > 0) && <Text fw={600}>{outcomeWords(of)}</Text>}
          {effectWords(of).map((sentence) => (
            <Text key={sentence} size="sm">
              {sentence}
            </Text>
          ))}
        </div>
        {of.finished_at && (
          <Text size="sm" c="dimmed">
            {count(of.rows)} rows, finished <Time at={of.finished_at} />.
          </Text>
        )}
        <Group>
          {lists.map((id) => (
            <Button key={id} component={Link} to={`/audiences/lists/${id}`} variant="default" size="sm" leftSection={<IconUsersGroup size={16} />}>
              Open the list
            </Button>
          ))}
          <Button component={Link} to="/imports/new" variant="default" size="sm">
            Import another file
          </Button>
        </Group>
        <Refused id={id} of={of} />
      </Stack>
    </Card>
  );
}

/** The first refused rows with their reasons, and all of them as a file. */
export function Refused({ id, of }: { id: string; of: Import }) {
  if (of.refused === 0) return null;
  return (
    <Stack gap="xs">
      <Table aria-label="Refused rows" layout="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={80}>Line</Table.Th>
            <Table.Th>Why it is refused</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.refused_rows.map(({ line, reason }) => (
            <Table.Tr key={line}>
              <Table.Td>{count(line)}</Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Anchor href={refusedRowsOf(id)} download size="sm">
        <IconDownload size={14} style={{ verticalAlign: -2 }} aria-hidden /> Download the refused rows
      </Anchor>
    </Stack>
  );
}
