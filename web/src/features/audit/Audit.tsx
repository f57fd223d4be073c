import { Button, Group, NativeSelect } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { askPages, type AttributesOf } from "../../api/ask";
import { contains } from "../../api/filters";
import { useMay } from "../../api/session";
import { CALM } from "../../api/pace";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Endless, type Column } from "../../ui/Endless";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Closed, Empty } from "../../ui/States";
import { Time } from "../../ui/Time";
import { sentence } from "./words";

type Line = AttributesOf<"get_audit_events">;

const KINDS = ["campaign", "template", "flow", "segment", "list", "tag", "webhook", "user", "invitation", "account", "profile", "application", "oauth-app"];

/** `/audit`: what was changed, by whom and when. */
export function Audit() {
  const sees = useMay("get_audit_events");
  const subtitle = "What was changed, by whom and when. It says which fields, never what stood in them.";
  return sees ? (
    <Lines subtitle={subtitle} />
  ) : (
    <Page title="Audit log" subtitle={subtitle}>
      <Closed>Your role does not show what others changed.</Closed>
    </Page>
  );
}

function Lines({ subtitle }: { subtitle: string }) {
  const [who] = useAddress("q");
  const [kind, setKind] = useAddress("kind");
  const filter = [contains("actor", who), kind && `equals(kind,"${kind}")`].filter(Boolean).join(",");
  const pages = useInfiniteQuery(askPages("get_audit_events", { query: { filter } }, CALM));
  const download = (
    <Button component="a" href="/api/audit-events-export" size="sm" variant="default" leftSection={<IconDownload size={16} />} download>
      Download as CSV
    </Button>
  );
  return (
    <Page title="Audit log" subtitle={subtitle} actions={download}>
      <Group>
        <SearchBox name="q" placeholder="Name or e-mail of who did it" />
        <NativeSelect
          aria-label="Kind of thing"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={[{ value: "", label: "Everything" }, ...KINDS]}
        />
      </Group>
      <Card flush>
        <Endless
          pages={pages}
          columns={COLUMNS}
          label="Changes"
          empty={
            <Empty icon={IconHistory} title={who || kind ? "Nothing matches" : "Nothing was changed yet"}>
              Every change that a person, a key or an application makes leaves a line here.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

const COLUMNS: Column<Resource<Line>>[] = [
  { label: "What", cell: ({ attributes }) => sentence(attributes.operation), phone: "lead" },
  { label: "Who", cell: ({ attributes }) => attributes.actor, phone: "line", width: "28%" },
  { label: "Of", cell: ({ attributes }) => (attributes.target ? <code>{attributes.target}</code> : "–"), phone: "more", width: "18%" },
  { label: "Fields", cell: ({ attributes }) => attributes.fields.join(", ") || "–", phone: "none", width: "20%" },
  { label: "When", cell: ({ attributes }) => <Time at={attributes.time} />, right: true, phone: "end", width: 130 },
];
