import { ActionIcon, Indicator } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { ask } from "../api/ask";
import { CALM } from "../api/pace";

const MOST = 99;

/** How much happened that this person has not read, and the way to it. */
export function Bell() {
  const unread = useQuery({ ...ask("get_unread_notifications"), refetchInterval: CALM });
  const number = unread.data?.data.attributes.count ?? 0;
  const words = number === 0 ? "Notifications" : `Notifications, ${number} unread`;
  return (
    <Indicator label={number > MOST ? `${MOST}+` : number} size={16} offset={4} disabled={number === 0} color="red.9">
      <ActionIcon component={Link} to="/notifications" variant="subtle" color="gray" aria-label={words}>
        <IconBell size={18} />
      </ActionIcon>
    </Indicator>
  );
}
