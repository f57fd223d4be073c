import { Button, Group, SegmentedControl, Switch } from "@mantine/core";
import { IconCalendar, IconSend } from "@tabler/icons-react";
import { Link } from "react-router";
import { useAddress } from "../../ui/address";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { NewCampaign } from "./NewCampaign";
import { useCampaigns } from "./queries";
import { CampaignTable } from "./Table";

const SHOWN = [
  { value: "", label: "All", statuses: [] },
  { value: "drafts", label: "Drafts", statuses: ["Draft"] },
  { value: "planned", label: "Planned", statuses: ["Scheduled"] },
  { value: "going", label: "Going out", statuses: ["Queued without Recipients", "Sending", "Variations Sent"] },
  { value: "sent", label: "Sent", statuses: ["Sent"] },
];

export function Campaigns() {
  const [shown, show] = useAddress("show");
  const [archived, setArchived] = useAddress("archived");
  const statuses = SHOWN.find(({ value }) => value === shown)?.statuses ?? [];
  const filtered = shown !== "" || archived !== "";
  const actions = (
    <Group gap="xs">
      <Button component={Link} to="/campaigns/calendar" variant="default" size="sm" leftSection={<IconCalendar size={16} />}>
        Calendar
      </Button>
      <NewCampaign />
    </Group>
  );
  const filters = (
    <Group gap="md">
      <SegmentedControl aria-label="Which campaigns" size="sm" data={SHOWN.map(({ value, label }) => ({ value, label }))} value={shown} onChange={show} />
      <Switch label="Archived" checked={archived !== ""} onChange={({ currentTarget }) => setArchived(currentTarget.checked ? "yes" : null)} />
    </Group>
  );
  return (
    <Page title="Campaigns" subtitle="One message to many people, and what it earned." actions={actions}>
      {filters}
      <Card flush>
        <CampaignTable
          pages={useCampaigns({ statuses, archived: archived !== "" })}
          empty={
            filtered ? (
              <Empty icon={IconSend} title="None of this kind" action={<ShowAll />}>
                Other campaigns are shown without the filters.
              </Empty>
            ) : (
              <Empty icon={IconSend} title="No campaigns yet" action={<NewCampaign />}>
                Write to the people of a list or segment: choose whom it goes to, what it says and when it goes.
              </Empty>
            )
          }
        />
      </Card>
    </Page>
  );
}

function ShowAll() {
  return (
    <Button component={Link} to="/campaigns" variant="default" size="sm">
      Show all
    </Button>
  );
}
