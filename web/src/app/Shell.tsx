import { AppShell, Badge, Box, Burger, Center, Group, Loader, NavLink, ScrollArea, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconActivity,
  IconCode,
  IconHome,
  IconMail,
  IconRoute,
  IconSend,
  IconSettings,
  IconTemplate,
  IconUser,
  IconUsersGroup,
  type Icon,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { Link, Outlet, useLocation, useMatches, useNavigation } from "react-router";
import { ApiProblem } from "../api/client";
import type { OperationId } from "../api/ask";
import { may, useSession } from "../api/session";
import type { Session } from "../api/types";
import { Problem } from "../ui/States";
import { AccountContext } from "../api/account";
import { Announcer } from "../ui/Announcer";
import { PaletteButton } from "./PaletteButton";
import { WIDE } from "./wide";
import { CONTENT, SkipLink, useArrival } from "./arrival";
import classes from "./Shell.module.css";

const over = () => import("../features/sign-in/SignInOver");
const SignInOver = lazy(async () => ({ default: (await over()).SignInOver }));
const SignedOut = lazy(async () => ({ default: (await import("../features/sign-in/SignedOut")).SignedOut }));

const Bell = lazy(async () => ({ default: (await import("./Bell")).Bell }));
const You = lazy(async () => ({ default: (await import("./You")).You }));

const PLACES: [string, string, Icon][] = [
  ["/", "Home", IconHome],
  ["/campaigns", "Campaigns", IconSend],
  ["/templates", "Templates", IconTemplate],
  ["/flows", "Flows", IconRoute],
  ["/messages", "Messages", IconMail],
  ["/profiles", "Profiles", IconUser],
  ["/audiences", "Lists & segments", IconUsersGroup],
  ["/events", "Events", IconActivity],
  ["/developers", "Developers", IconCode],
  ["/settings", "Settings", IconSettings],
];

/** What a page shows nothing without. */
const ASKS: Record<string, OperationId> = {
  "/templates": "get_templates",
  "/flows": "get_flows",
  "/messages": "get_messages",
  "/profiles": "get_profiles",
  "/events": "get_events",
};

function placesOf(account: Session): typeof PLACES {
  return PLACES.filter(([to]) => !ASKS[to] || may(account, ASKS[to]));
}

/** The gate and the frame: nothing is shown before the session is known. */
export function Shell() {
  const session = useSession();
  const client = useQueryClient();
  // Fetched before it is needed: when a session ends, the server may have been updated and have it no more.
  useEffect(() => void over().catch(() => undefined), []);
  const ended = session.error instanceof ApiProblem && session.error.status === 401;
  const was = session.data?.data.attributes;
  // Another person, or another account: nothing of what was on the page is theirs.
  const onSignedIn = async () => {
    const now = (await session.refetch()).data?.data.attributes;
    if (now?.account_id !== was?.account_id || now?.user_name !== was?.user_name) location.reload();
    else await client.invalidateQueries();
  };
  if (was)
    return (
      <>
        <Frame account={was} />
        <Suspense>{ended && <SignInOver onSignedIn={() => void onSignedIn()} />}</Suspense>
      </>
    );
  if (ended)
    return (
      <Suspense>
        <SignedOut />
      </Suspense>
    );
  return (
    <Center mih="100dvh" p="md">
      {session.error ? <Problem error={session.error} retry={session.refetch} /> : <Loader />}
    </Center>
  );
}

function Frame({ account }: { account: Session }) {
  const places = placesOf(account);
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const arriving = useNavigation().state === "loading";
  const isWide = useMatches().some(({ handle }) => handle === WIDE);
  useEffect(close, [pathname, close]);
  // In braces: newer browsers answer a promise, which is no way to clean up.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [pathname]);
  useArrival(pathname);

  return (
    <AccountContext value={account}>
      <SkipLink />
      <Announcer />
      <AppShell
        header={{ height: { base: 52, sm: 0 } }}
        navbar={{ width: isWide ? 68 : 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
        padding={{ base: "md", sm: isWide ? "md" : "xl" }}
      >
        <AppShell.Header hiddenFrom="sm" className={classes.header}>
          <Group h="100%" px="md" justify="space-between">
            <Brand />
            <Group gap="xs">
              <Suspense>
                <Bell />
              </Suspense>
              <Burger opened={opened} onClick={toggle} size="sm" aria-label="Open the navigation" />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label="Main" className={classes.navbar} data-narrow={isWide || undefined}>
          <Group px="sm" py="sm" mb="xs" visibleFrom="sm">
            <Brand />
          </Group>
          <PaletteButton places={places} />
          <AppShell.Section grow component={ScrollArea}>
            {places.map(([to, label, Icon]) => (
              <Place key={to} to={to} label={label} icon={Icon} active={isAt(pathname, to)} isNarrow={isWide} />
            ))}
          </AppShell.Section>
          <AppShell.Section>
            <Foot account={account} />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main id={CONTENT} tabIndex={-1} aria-busy={arriving} className={classes.main}>
          <div className={isWide ? undefined : classes.page}>
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
      <span className={classes.words}>Rapport</span>
    </Link>
  );
}

interface PlaceProps {
  to: string;
  label: string;
  icon: Icon;
  active: boolean;
  /** its label is only told, not shown */
  isNarrow: boolean;
}

function Place({ to, label, icon: Icon, active, isNarrow }: PlaceProps) {
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      title={isNarrow ? label : undefined}
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
      <Stack gap={2} miw={0} className={classes.words}>
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
      <Group gap={4} wrap="nowrap" className={classes.tools}>
        <Suspense fallback={<Skeleton width={92} height={28} />}>
          <Box visibleFrom="sm">
            <Bell />
          </Box>
          <You account={account} />
        </Suspense>
      </Group>
    </Group>
  );
}
