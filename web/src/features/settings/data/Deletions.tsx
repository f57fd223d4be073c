import { Text } from "@mantine/core";
import { IconUserOff } from "@tabler/icons-react";
import type { Resource } from "../../../api/types";
import { Endless, type Column } from "../../../ui/Endless";
import { count } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Empty } from "../../../ui/States";
import { Status } from "../../../ui/Status";
import { Time } from "../../../ui/Time";
import { useDeletions, type Deletion } from "./queries";

const NAMED: Record<Deletion["named_by"], string> = { id: "A profile", email: "An e-mail address", phone_number: "A phone number" };

const COLUMNS: Column<Resource<Deletion>>[] = [
  {
    label: "Who",
    cell: ({ attributes: { value, named_by } }) => (
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {value ?? `${NAMED[named_by]} that is not kept`}
      </Text>
    ),
    phone: "lead",
  },
  {
    label: "State",
    cell: ({ attributes: { status, deleted } }) =>
      status === "queued" ? (
        <Status of="Waiting" />
      ) : (
        <Text size="sm" component="div">
          <Status of="Complete" /> {deleted === 1 ? "1 profile" : `${count(deleted)} profiles`}
        </Text>
      ),
    width: 210,
    phone: "line",
  },
  { label: "Asked for", cell: ({ attributes: { created } }) => <Time at={created} />, width: 130, phone: "end" },
  { label: "Done", cell: ({ attributes: { finished } }) => finished && <Time at={finished} />, width: 130, phone: "more" },
];

export function Deletions() {
  const pages = useDeletions();
  return (
    <Card title="Deletions" flush>
      <Endless
        pages={pages}
        columns={COLUMNS}
        label="Deletions"
        empty={
          <Empty icon={IconUserOff} title="Nobody was deleted yet">
            Find a person above, or open their profile, to delete them.
          </Empty>
        }
      />
    </Card>
  );
}
