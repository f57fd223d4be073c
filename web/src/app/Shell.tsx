import { AppShell, Badge, Burger, Center, Group, Loader, NavLink, ScrollArea, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconActivity,
  IconHome,
  IconMail,
  IconRoute,
  IconSend,
  IconTargetArrow,
  IconUser,
  IconUsersGroup,
  IconWebhook,
  type Icon,
} from "@tabler/icons-react";
import { useEffect } from "react";
import { Link, Outlet, useLocation, useNavigation } from "react-router";
import { ApiProblem } from "../api/client";
import { useSession } from "../api/session";
import type { Session } from "../api/types";
import { Problem } from "../ui/States";
import { AccountContext } from "../api/account";
import classes from "./Shell.module.css";
import { SignedOut } from "./SignedOut";
import { SignOut } from "./SignOut";
import { ThemeSwitch } from "./ThemeSwitch";

const PLACES: [string, string, Icon][] = [
  ["/", "Home", IconHome],
  ["/campaigns", "Campaigns", IconSend],
  ["/flows", "Flows", IconRoute],
  ["/messages", "Messages", IconMail],
  ["/profiles", "Profiles", IconUser],
  ["/audiences", "Lists & segments", IconUsersGroup],
  ["/events", "Events", IconActivity],
  ["/attribution", "Attribution", IconTargetArrow],
  ["/webhooks", "Webhooks", IconWebhook],
];

/** The gate and the frame: nothing is shown before the session is known. */
export function Shell() {
  const session = useSession();
  // A session that has ended counts more than the answer it once gave.
  if (session.error instanceof ApiProblem && session.error.status === 401) return <SignedOut />;
  if (session.data) return <Frame account={session.data.data.attributes} />;
  return (
    <Center mih="100dvh" p="md">
      {session.error ? <Problem error={session.error} retry={session.refetch} /> : <Loader />}
    </Center>
  );
}

function Frame({ account }: { account: Session }) {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const arriving = useNavigation().state === "loading";
  useEffect(close, [pathname, close]);
  // In braces: newer browsers answer a promise, which is no way to clean up.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <AccountContext value={account}>
      <AppShell
        header={{ height: { base: 52, sm: 0 } }}
        navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
        padding={{ base: "md", sm: "xl" }}
      >
        <AppShell.Header hiddenFrom="sm" className={classes.header}>
          <Group h="100%" px="md" justify="space-between">
            <Brand />
            <Burger opened={opened} onClick={toggle} size="sm" aria-label="Open the navigation" />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label="Main" className={classes.navbar}>
          <Group px="sm" py="sm" mb="xs" visibleFrom="sm">
            <Brand />
          </Group>
          <AppShell.Section grow component={ScrollArea}>
            {PLACES.map(([to, label, Icon]) => (
              <Place key={to} to={to} label={label} icon={Icon} active={isAt(pathname, to)} />
            ))}
          </AppShell.Section>
          <AppShell.Section>
            <Foot account={account} />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main aria-busy={arriving} className={classes.main}>
          <div className={classes.page}>
            <Outlet />
          </div>
        </AppShell.Main>
      </AppShell>
    </AccountContext>
  );
}

function isAt(pathname: string, to: string): boolean {
  return to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
}

function Brand() {
  return (
    <Link to="/" className={classes.brand}>
      <img src="/icon.svg" width={26} height={26} alt="" />
      Rapport
    </Link>
  );
}

function Place({ to, label, icon: Icon, active }: { to: string; label: string; icon: Icon; active: boolean }) {
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      active={active}
      aria-current={active ? "page" : undefined}
      leftSection={<Icon size={18} stroke={1.7} />}
      className={classes.place}
    />
  );
}

function Foot({ account }: { account: Session }) {
  return (
    <Group className={classes.foot} justify="space-between" wrap="nowrap" gap="xs">
      <Stack gap={2} miw={0}>
        <Text size="sm" fw={600} truncate title={account.account_name}>
          {account.account_name}
        </Text>
        <Group gap={6}>
          <Text size="xs" c="dimmed" ff="monospace">
            {account.account_id}
          </Text>
          {account.test_account && (
            <Badge size="xs" color="yellow">
              Test
            </Badge>
          )}
        </Group>
      </Stack>
      <Group gap={4} wrap="nowrap">
        <ThemeSwitch />
        <SignOut />
      </Group>
    </Group>
  );
}
