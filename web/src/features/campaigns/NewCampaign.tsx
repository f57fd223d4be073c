import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { announce } from "../../ui/announce";
import { Offered } from "../../ui/Offered";
import { useOnce } from "../../ui/once";
import { useNewCampaign } from "./queries";

/** Makes a draft and opens it in the composer. */
export function NewCampaign() {
  const make = useNewCampaign();
  const navigate = useNavigate();
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(new Date());
  const once = useOnce();
  const press = () =>
    once((again) =>
      make.mutate(`Campaign of ${day}`, {
        onSuccess: ({ data }) => void navigate(`/campaigns/${data.id}/edit`),
        onError: (error) => {
          announce(`No campaign was made. ${error.message}`);
          again();
        },
      }),
    );
  return (
    <Offered by="create_campaign">
      <Button leftSection={<IconPlus size={16} />} size="sm" onClick={press} loading={make.isPending}>
        Create a campaign
      </Button>
    </Offered>
  );
}
