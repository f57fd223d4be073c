import { SegmentedControl, Text } from "@mantine/core";
import { Link } from "react-router";
import type { AttributesOf } from "../../api/ask";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Endless, type Column } from "../../ui/Endless";
import { Card } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { useRuns } from "./queries";

type Row = Resource<AttributesOf<"get_flow_runs">>;

const WORDS: Record<string, string> = { active: "Under way", completed: "Through", left: "Left early" };

const STATE: Column<Row> = { label: "State", cell: ({ attributes }) => WORDS[attributes.status] ?? attributes.status, phone: "end", width: 110 };
const ENTERED: Column<Row> = { label: "Entered", cell: ({ attributes }) => <Time at={attributes.entered} />, phone: "more", width: 140 };
const NEXT: Column<Row> = {
  label: "Next step, or end",
  cell: ({ attributes: { due, finished } }) => (due ? <Time at={due} /> : finished ? <Time at={finished} /> : "–"),
  phone: "more",
  width: 150,
};

/** Who is in the flow, who went through it, who left it. */
export function Runs({ id }: { id: string }) {
  const [status, setStatus] = useAddress("people");
  const pages = useRuns({ flow: id, ...(status ? { status } : {}) });
  const columns: Column<Row>[] = [
    { label: "Person", cell: ({ attributes }) => (attributes.profile_id ? <Link to={`/flows/${id}/people/${attributes.profile_id}`}>{attributes.profile_name ?? attributes.profile_id}</Link> : "Deleted person"), phone: "lead" },
    STATE,
    ENTERED,
    NEXT,
  ];
  return (
    <Card
      title="People"
      flush
      aside={<SegmentedControl size="xs" aria-label="Which people" value={status ?? ""} onChange={setStatus} data={[{ value: "", label: "All" }, ...Object.entries(WORDS).map(([value, label]) => ({ value, label }))]} />}
    >
      <Endless
        pages={pages}
        columns={columns}
        label="People in the flow"
        empty={
          <Text size="sm" c="dimmed" p="md">
            Nobody yet.
          </Text>
        }
      />
    </Card>
  );
}

/** The flows of one person, for their page. */
export function FlowsOf({ profile }: { profile: string }) {
  const columns: Column<Row>[] = [
    { label: "Flow", cell: ({ attributes }) => <Link to={`/flows/${attributes.flow_id}/people/${profile}`}>{attributes.flow_name}</Link>, phone: "lead" },
    STATE,
    ENTERED,
    NEXT,
  ];
  return (
    <Endless
      pages={useRuns({ profile })}
      columns={columns}
      label="Flows of this person"
      empty={
        <Text size="sm" c="dimmed" p="md">
          In no flow so far.
        </Text>
      }
    />
  );
}
