import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";

/** A form of its own, so that the cookie goes with the answer, and what this page remembered goes with the page. */
export function SignOut() {
  return (
    <form method="post" action="/sign-out">
      <Tooltip label="Sign out">
        <ActionIcon type="submit" variant="subtle" color="gray" aria-label="Sign out">
          <IconLogout size={18} />
        </ActionIcon>
      </Tooltip>
    </form>
  );
}
