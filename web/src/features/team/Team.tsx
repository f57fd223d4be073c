import { Button, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUserPlus } from "@tabler/icons-react";
import { useMay } from "../../api/session";
import { Page } from "../../ui/Page";
import { Closed } from "../../ui/States";
import { Invitations } from "./Invitations";
import { InviteForm } from "./InviteForm";
import { Members } from "./Members";
import { RolesCard } from "./RolesCard";

/** `/team`: who works in this account, and as what. */
export function Team() {
  const [inviting, { open, close }] = useDisclosure();
  const may = useMay("create_invitation");
  const sees = useMay("get_users");
  const invite = may && (
    <Button size="sm" leftSection={<IconUserPlus size={16} />} onClick={open}>
      Invite somebody
    </Button>
  );
  return (
    <Page title="Team" subtitle="Who works in this account, and what each may do." actions={invite}>
      {sees ? (
        <Stack gap="lg">
          <Members />
          {may && <Invitations />}
          <RolesCard />
        </Stack>
      ) : (
        <Closed>Your role does not show who else works here.</Closed>
      )}
      <InviteForm opened={inviting} close={close} />
    </Page>
  );
}
