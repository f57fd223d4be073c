import { IconUsersGroup } from "@tabler/icons-react";
import { useLists } from "../../grammar/queries";
import type { List, Resource } from "../../api/types";
import { Endless, type Column } from "../../ui/Endless";
import { words } from "../../ui/format";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Time } from "../../ui/Time";
import { Segments } from "../segments";
import { Size } from "./Size";

export function Audiences() {
  return (
    <Page title="Lists & segments" subtitle="Lists are joined; segments follow what people do, by themselves.">
      <Segments />
      <Card title="Lists" flush>
        <Endless
          pages={useLists()}
          columns={COLUMNS}
          to={({ id }) => `/audiences/lists/${id}`}
          label="Lists"
          empty={
            <Empty icon={IconUsersGroup} title="No lists yet">
              Create the first one with <code>POST /api/lists</code>, then subscribe people to it.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

const COLUMNS: Column<Resource<List>>[] = [
  { label: "Name", cell: ({ attributes, id }) => attributes.name ?? id, phone: "lead" },
  { label: "Opt-in", cell: ({ attributes }) => words(attributes.opt_in_process ?? "single_opt_in"), phone: "more", width: "22%" },
  { label: "Members", cell: ({ id }) => <Size id={id} />, right: true, phone: "end", width: 120 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 140 },
];
