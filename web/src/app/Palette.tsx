import { Spotlight } from "@mantine/spotlight";
import "@mantine/spotlight/styles.css";
import {
  IconActivity,
  IconChartBar,
  IconFilter,
  IconMoon,
  IconPlus,
  IconRoute,
  IconSearch,
  IconSend,
  IconTemplate,
  IconUser,
  IconUsersGroup,
  IconWebhook,
  type Icon,
} from "@tabler/icons-react";
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAccount } from "../api/account";
import { ask, type OperationId } from "../api/ask";
import { may } from "../api/session";
import { SECTIONS } from "../features/settings/sections";
import { words } from "../ui/format";

interface Item {
  id: string;
  label: string;
  description: string | undefined;
  icon: Icon;
  run: () => void;
}

/** Kind, its icon, and the page of one; null where there is none yet. */
const KINDS: Record<string, [Icon, ((id: string) => string) | null]> = {
  profile: [IconUser, (id) => `/profiles/${id}`],
  list: [IconUsersGroup, (id) => `/audiences/lists/${id}`],
  segment: [IconFilter, (id) => `/audiences/segments/${id}`],
  campaign: [IconSend, (id) => `/campaigns/${id}`],
  flow: [IconRoute, (id) => `/flows/${id}`],
  webhook: [IconWebhook, (id) => `/settings/webhooks/${id}`],
  metric: [IconChartBar, (id) => `/events?metric=${id}`],
  template: [IconTemplate, null],
};

const MAKES: [label: string, to: string, by: OperationId][] = [
  ["Create a profile", "/profiles/new", "create_profile"],
  ["Create a segment", "/audiences/segments/new", "create_segment"],
  ["Create a webhook", "/settings/webhooks/new", "create_webhook"],
];

/** Milliseconds of rest after a key before the server is asked. */
const REST = 150;

export type Place = readonly [to: string, label: string, icon: Icon];

/** Search over everything, the pages, and what can be done; opened with Ctrl+K or ⌘K. */
export default function Palette({ places }: { places: readonly Place[] }) {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), REST);
  const navigate = useNavigate();
  const account = useAccount();
  const found = useQuery({ ...ask("search", { query: { q: settled } }), enabled: settled !== "", placeholderData: keepPreviousData });
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const go = (to: string) => () => void navigate(to);

  const wanted = text.trim().toLowerCase();
  const named = ({ label }: Item) => label.toLowerCase().includes(wanted);
  const sections = SECTIONS.filter(({ asks }) => may(account, asks)).map(({ path, label, icon }): Place => [`/settings/${path}`, label, icon]);
  const pages = [...places, ...sections].map(([to, label, icon]): Item => ({ id: to, label, description: undefined, icon, run: go(to) })).filter(named);
  const scheme: Item = { id: "scheme", label: dark ? "Use the light theme" : "Use the dark theme", description: undefined, icon: IconMoon, run: () => setColorScheme(dark ? "light" : "dark") };
  const actions = [...MAKES.filter(([, , by]) => may(account, by)).map(([label, to]): Item => ({ id: `make:${to}`, label, description: undefined, icon: IconPlus, run: go(to) })), scheme].filter(named);
  const things = wanted === "" ? [] : (found.data?.data ?? []).flatMap(({ id, attributes: { kind, record, name, detail } }): Item[] => {
    const [icon, page] = KINDS[kind] ?? [IconActivity, null];
    return page ? [{ id, label: name, description: [words(kind), detail].filter(Boolean).join(" · "), icon, run: go(page(record)) }] : [];
  });
  const waiting = wanted !== "" && (found.isFetching || wanted !== settled.toLowerCase());
  return (
    <Spotlight.Root query={text} onQueryChange={setText} shortcut="mod + K" maxHeight="min(60vh, 520px)" scrollable size="lg" attributes={{ content: { "aria-label": "Search" } }}>
      <Spotlight.Search placeholder="Search people, lists, campaigns, pages …" aria-label="Search everything" leftSection={<IconSearch size={18} stroke={1.6} />} />
      <Spotlight.ActionsList>
        <Section label="Found" items={things} />
        <Section label="Pages" items={pages} />
        <Section label="Actions" items={actions} />
        {things.length + pages.length + actions.length === 0 && (
          <Spotlight.Empty>{found.error && !waiting ? found.error.message : waiting ? "Searching …" : `Nothing is called “${text.trim()}”.`}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function Section({ label, items }: { label: string; items: Item[] }) {
  if (items.length === 0) return null;
  return (
    <Spotlight.ActionsGroup label={label}>
      {items.map(({ id, label: name, description, icon: ItemIcon, run }) => (
        <Spotlight.Action key={id} label={name} {...(description ? { description } : {})} leftSection={<ItemIcon size={18} stroke={1.6} aria-hidden />} onClick={run} />
      ))}
    </Spotlight.ActionsGroup>
  );
}

