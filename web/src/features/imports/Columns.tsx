import { NativeSelect, Table, Text } from "@mantine/core";
import classes from "./Columns.module.css";
import type { Import } from "./queries";
import { targetWords } from "./words";

const SKIP = "skip";
const PROPERTY = "properties.";

interface ColumnsProps {
  of: Import;
  mapping: Record<string, string>;
  onChange: (mapping: Record<string, string>) => void;
}

/** Each column of the file: what its first rows hold, and what becomes of it. */
export function Columns({ of, mapping, onChange }: ColumnsProps) {
  return (
    <Table className={classes.table} aria-label="Columns">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Column</Table.Th>
          <Table.Th>First rows</Table.Th>
          <Table.Th>Becomes</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {of.columns.map((column, place) => (
          <Table.Tr key={column}>
            <Table.Td fw={550}>{column}</Table.Td>
            <Table.Td>
              <Samples cells={of.samples.map((row) => row[place] ?? "")} />
            </Table.Td>
            <Table.Td>
              <NativeSelect
                size="sm"
                aria-label={`“${column}” becomes`}
                data={choicesOf(of, column, mapping)}
                value={mapping[column] ?? SKIP}
                onChange={({ currentTarget }) => onChange({ ...mapping, [column]: currentTarget.value })}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Samples({ cells }: { cells: string[] }) {
  return (
    <Text size="sm" c="dimmed" component="div" lineClamp={2} title={cells.join("\n")}>
      {cells.some(Boolean) ? cells.map((cell) => cell || "–").join(" · ") : "empty"}
    </Text>
  );
}

/** What another column is already can't be chosen twice. */
function choicesOf(of: Import, column: string, mapping: Record<string, string>) {
  const taken = new Set(Object.entries(mapping).filter(([name]) => name !== column).map(([, target]) => target));
  const now = mapping[column] ?? SKIP;
  const property = now.startsWith(PROPERTY) ? now : PROPERTY + column;
  return [
    { value: SKIP, label: "Leave it out" },
    { value: property, label: `Property “${property.slice(PROPERTY.length)}”` },
    ...of.targets.filter((target) => !taken.has(target)).map((target) => ({ value: target, label: targetWords(target) })),
  ];
}
