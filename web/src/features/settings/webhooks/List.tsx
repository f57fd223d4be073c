import { Button } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "../../../api/session";
import type { Resource } from "../../../api/types";
import { Endless, type Column } from "../../../ui/Endless";
import { Card } from "../../../ui/Page";
import { Empty } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { Enabled } from "./Enabled";
import { topicsOf, useWebhooks, type Webhook } from "./queries";
import { topicWords } from "./words";

export function Webhooks() {
  const create = useMay("create_webhook") && (
    <Button component={Link} to="/settings/webhooks/new" leftSection={<IconPlus size={14} />} size="xs">
      Create a webhook
    </Button>
  );
  return (
    <Card title="Webhooks" aside={create} flush>
      <Endless
        pages={useWebhooks()}
        columns={COLUMNS}
        to={({ id }) => `/settings/webhooks/${id}`}
        label="Webhooks"
        empty={
          <Empty icon={IconWebhook} title="No webhooks yet" action={create}>
            A webhook tells a system of yours of new profiles, orders, list members and everything else that happens, signed so that it can
            trust the call.
          </Empty>
        }
      />
    </Card>
  );
}

const COLUMNS: Column<Resource<Webhook>>[] = [
  { label: "Name", cell: ({ attributes }) => attributes.name, phone: "lead", width: "24%" },
  { label: "Calls", cell: ({ attributes }) => <code>{attributes.endpoint_url}</code>, phone: "line" },
  { label: "Tells of", cell: (row) => short(topicsOf(row)), phone: "more", width: "22%" },
  { label: "State", cell: ({ attributes }) => <Enabled of={attributes.enabled} />, phone: "end", width: 80 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated_at} />, right: true, phone: "none", width: 115 },
];

function short(topics: string[]): string {
  const [first, ...rest] = topics.map(topicWords);
  return rest.length > 0 ? `${first ?? ""} and ${rest.length} more` : (first ?? "–");
}
