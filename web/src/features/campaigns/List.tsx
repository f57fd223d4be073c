import { IconSend } from "@tabler/icons-react";
import { useCampaigns } from "./queries";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { CampaignTable } from "./Table";

export function Campaigns() {
  return (
    <Page title="Campaigns" subtitle="One message to many people, and what it earned.">
      <Card flush>
        <CampaignTable
          pages={useCampaigns()}
          empty={
            <Empty icon={IconSend} title="No campaigns yet">
              Create one through the API with <code>POST /api/campaigns</code>, then send it with{" "}
              <code>POST /api/campaign-send-jobs</code>. It appears here at once.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}
