import { Button, Group } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import { useMessages } from "./queries";
import { useAddress } from "../../ui/address";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty } from "../../ui/States";
import { CampaignFilter } from "./CampaignFilter";
import { MessageTable } from "./Table";
import { StatusFilter } from "./StatusFilter";

export function Messages() {
  const [status, setStatus] = useAddress("status");
  const [campaign, setCampaign] = useAddress("campaign");
  const [to] = useAddress("to");
  const filtered = Boolean(status || campaign || to);
  return (
    <Page title="Messages" subtitle="Everything that was sent, and everything that was held back, with the reason.">
      <Group gap="sm">
        <SearchBox name="to" placeholder="Search recipients" />
        <StatusFilter value={status} onChange={setStatus} />
        <CampaignFilter value={campaign} onChange={setCampaign} />
      </Group>
      <Card flush>
        <MessageTable pages={useMessages({ status, campaign, to })} empty={filtered ? <NoMatch /> : <NoneYet />} />
      </Card>
    </Page>
  );
}

function NoMatch() {
  const [, setParams] = useSearchParams();
  return (
    <Empty
      icon={IconMail}
      title="No message fits"
      action={
        <Button variant="light" size="xs" onClick={() => setParams({})}>
          Show all messages
        </Button>
      }
    >
      No message has this recipient, status and campaign.
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty
      icon={IconMail}
      title="No messages yet"
      action={
        <Button component={Link} to="/campaigns" variant="light" size="xs">
          Go to campaigns
        </Button>
      }
    >
      Send a campaign or set a flow live. Without a mail server in the settings, messages are kept here instead of going out.
    </Empty>
  );
}
