import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconCopy, IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { CampaignOverview } from "../../api/types";
import { useMay } from "../../api/session";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { count } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { useAct, useArchive, useDeleteCampaign, useDuplicate } from "./queries";

interface OfCampaign {
  id: string;
  of: CampaignOverview;
}

const WAITING = ["Scheduled", "Queued without Recipients"];
const UNDER_WAY = ["Sending", "Variations Sent"];

/** What can be done with a campaign as it stands. */
export function Actions({ id, of }: OfCampaign) {
  return (
    <Group gap="xs">
      {of.status === "Draft" && (
        <Offered by="update_campaign_draft">
          <Button component={Link} to={`/campaigns/${id}/edit`} leftSection={<IconPencil size={16} />}>
            Edit
          </Button>
        </Offered>
      )}
      <Offered by="cancel_campaign_send">
        {UNDER_WAY.includes(of.status) && <Pause id={id} of={of} />}
        {WAITING.includes(of.status) && !of.held_until && <Unschedule id={id} />}
        {[...WAITING, ...UNDER_WAY].includes(of.status) && <Cancel id={id} of={of} />}
      </Offered>
      <More id={id} of={of} />
    </Group>
  );
}

function Pause({ id, of }: OfCampaign) {
  const act = useAct(id);
  const press = () =>
    act.mutate(of.paused ? "resume" : "pause", {
      onSuccess: () => announce(of.paused ? "It goes on." : "Paused: nothing more goes out until you resume it."),
      onError: (error) => announce(error.message),
    });
  return (
    <Button variant="default" leftSection={of.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />} onClick={press} loading={act.isPending}>
      {of.paused ? "Resume" : "Pause"}
    </Button>
  );
}

function Unschedule({ id }: { id: string }) {
  const act = useAct(id);
  // the button is gone as soon as it is a draft, so that what follows is no callback of it
  const press = () => void act.mutateAsync("revert").then(() => announce("It is a draft again."), (error: Error) => announce(error.message));
  return (
    <Button variant="default" onClick={press} loading={act.isPending}>
      Make it a draft again
    </Button>
  );
}

function Cancel({ id, of }: OfCampaign) {
  const [asking, setAsking] = useState(false);
  const act = useAct(id);
  const left = of.queued > 0 ? `${count(of.queued)} people do not get it` : "Nobody gets it any more";
  return (
    <>
      <Button variant="default" c="red" onClick={() => setAsking(true)}>
        Cancel
      </Button>
      <Confirm
        opened={asking}
        close={() => setAsking(false)}
        title={`Cancel “${of.name}”?`}
        action="Cancel the campaign"
        onConfirm={() => act.mutate("cancel", { onSuccess: () => setAsking(false) })}
        pending={act.isPending}
        error={act.error}
      >
        {left}, and nothing brings it back. What went out already stays with those who got it.
      </Confirm>
    </>
  );
}

function More({ id, of }: OfCampaign) {
  const [deleting, setDeleting] = useState(false);
  const duplicate = useDuplicate(id);
  const archive = useArchive(id);
  const remove = useDeleteCampaign(id);
  const navigate = useNavigate();
  const mayWrite = useMay("clone_campaign");
  if (!mayWrite) return null;
  const isOver = ![...WAITING, ...UNDER_WAY].includes(of.status);
  const copy = () => duplicate.mutate(`Copy of ${of.name}`, { onSuccess: ({ data }) => void navigate(`/campaigns/${data.id}/edit`), onError: (error) => announce(error.message) });
  const store = () =>
    archive.mutate(!of.archived, {
      onSuccess: () => announce(of.archived ? "It is in the list again." : "Archived: it is out of the list, and found there under “Archived”."),
      onError: (error) => announce(error.message),
    });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More to do with this campaign">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={copy}>
            Duplicate
          </Menu.Item>
          <Menu.Item leftSection={of.archived ? <IconArchiveOff size={16} /> : <IconArchive size={16} />} onClick={store}>
            {of.archived ? "Take out of the archive" : "Archive"}
          </Menu.Item>
          {isOver && (
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setDeleting(true)}>
              Delete
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={deleting}
        close={() => setDeleting(false)}
        title={`Delete “${of.name}”?`}
        action="Delete the campaign"
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate("/campaigns") })}
        pending={remove.isPending}
        error={remove.error}
      >
        The campaign with its content and its results’ page goes, and nothing brings it back. Messages that were sent stay.
      </Confirm>
    </>
  );
}
