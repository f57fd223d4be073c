import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconBuildingStore, IconHistory, IconLogout, IconUserCircle, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Link } from "react-router";
import { askAll, useSend } from "../api/ask";
import { useMay } from "../api/session";
import type { Session } from "../api/types";
import { ThemeSwitch } from "./ThemeSwitch";

/** Who is signed in, their other accounts, and the way out; and the theme. What menus and hints stand on comes with it,
 * after the first page. */
export function You({ account }: { account: Session }) {
  const signOut = useRef<HTMLFormElement>(null);
  const accounts = useQuery(askAll("get_own_accounts"));
  const others = accounts.data?.data.filter(({ attributes }) => !attributes.is_this) ?? [];
  const change = useSend("switch_account", (id: string) => ({ data: { type: "account-choice", attributes: { account_id: id } } as never }));
  const team = useMay("get_users");
  const audit = useMay("get_audit_events");
  return (
    <>
      <ThemeSwitch />
      {/* A form of its own, so that the cookie goes with the answer, and what this page remembered goes with the page. */}
      <form ref={signOut} method="post" action="/sign-out" />
      <Menu position="top-end" width={260} withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label="You and your accounts">
            <IconUserCircle size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="xs" truncate>
              {account.user_name ?? "Signed in"}
            </Text>
          </Menu.Label>
          <Menu.Item component={Link} to="/you" leftSection={<IconUserCircle size={16} />}>
            You and your sign-in
          </Menu.Item>
          {team && (
            <Menu.Item component={Link} to="/team" leftSection={<IconUsers size={16} />}>
              Team
            </Menu.Item>
          )}
          {audit && (
            <Menu.Item component={Link} to="/audit" leftSection={<IconHistory size={16} />}>
              Audit log
            </Menu.Item>
          )}
          {others.length > 0 && <Menu.Label>Go to another account</Menu.Label>}
          {others.map(({ id, attributes }) => (
            <Menu.Item
              key={id}
              leftSection={<IconBuildingStore size={16} />}
              onClick={() => change.mutate(id, { onSuccess: () => location.assign("/") })}
            >
              {attributes.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.current?.requestSubmit()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
