/** Events one under the other, each of which opens to show what it carried. */

import { Anchor, Center, Collapse, Group, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { includedOf, refOf, related, rowsOf, type Included } from "../../api/records";
import type { EventAttributes, Resource } from "../../api/types";
import { useAccount } from "../../api/account";
import { More, type Pages } from "../../ui/Endless";
import { Properties } from "../../ui/Facts";
import { money } from "../../ui/format";
import { Problem, Rows } from "../../ui/States";
import { Time } from "../../ui/Time";
import classes from "./Table.module.css";

interface EventListProps {
  pages: Pages<EventAttributes>;
  empty: ReactNode;
  /** On a profile's own page its name on every line would only be noise. */
  withoutProfile?: boolean;
  /** Show only the newest ones that came with the first page. */
  only?: number;
}

export function EventList({ pages, empty, withoutProfile, only }: EventListProps) {
  const rows = rowsOf(pages.data);
  if (!rows && pages.error) return <Center p="md">{<Problem error={pages.error} retry={pages.refetch} />}</Center>;
  if (!rows) return <Rows />;
  if (rows.length === 0) return empty;
  const included = includedOf(pages.data);
  return (
    <div>
      {rows.slice(0, only).map((event) => (
        <Line key={event.id} event={event} included={included} withoutProfile={withoutProfile ?? false} />
      ))}
      {!only && <More pages={pages} />}
    </div>
  );
}

interface LineProps {
  event: Resource<EventAttributes>;
  included: Included;
  withoutProfile: boolean;
}

function Line({ event, included, withoutProfile }: LineProps) {
  const [opened, { toggle }] = useDisclosure();
  const metric = related(event, "metric", included);
  return (
    <div className={classes.line}>
      <Group wrap="nowrap" gap="xs" className={classes.head}>
        <UnstyledButton onClick={toggle} className={classes.toggle} aria-expanded={opened}>
          <IconChevronRight size={15} className={classes.chevron} data-opened={opened || undefined} />
          <span className={classes.metric}>{String(metric?.attributes.name ?? "Event")}</span>
        </UnstyledButton>
        <Value of={event} />
        {!withoutProfile && <Who event={event} included={included} />}
        <Text size="xs" c="dimmed" className={classes.time}>
          <Time at={event.attributes.datetime} />
        </Text>
      </Group>
      <Collapse expanded={opened}>
        <div className={classes.body}>
          <Text size="xs" c="dimmed" mb="xs">
            <Time at={event.attributes.datetime} full /> · {event.id} ·{" "}
            <Anchor component={Link} to={`/orders/${event.id}`} size="xs">
              What it is credited to
            </Anchor>
          </Text>
          <Properties of={event.attributes.event_properties} />
        </div>
      </Collapse>
    </div>
  );
}

function Value({ of }: { of: Resource<EventAttributes> }) {
  const { currency } = useAccount();
  const properties = of.attributes.event_properties ?? {};
  const value = properties["$value"];
  if (typeof value !== "number" || value === 0) return null;
  const own = properties["$value_currency"] ?? properties["value_currency"];
  return <span className={classes.value}>{money(value, typeof own === "string" ? own : currency)}</span>;
}

function Who({ event, included }: { event: Resource<EventAttributes>; included: Included }) {
  const ref = refOf(event, "profile");
  if (!ref) return null;
  const known = related(event, "profile", included)?.attributes ?? {};
  const name = known.email ?? known.phone_number ?? known.external_id ?? ref.id;
  return (
    <Anchor component={Link} to={`/profiles/${ref.id}`} size="sm" c="dimmed" className={classes.who}>
      {String(name)}
    </Anchor>
  );
}
