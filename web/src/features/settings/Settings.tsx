import { Anchor, Box, NavLink, Paper, SimpleGrid, Skeleton, Text, ThemeIcon } from "@mantine/core";
import { IconChevronLeft, IconSettingsOff } from "@tabler/icons-react";
import { Suspense } from "react";
import { Link, useParams } from "react-router";
import { Card, Page } from "../../ui/Page";
import { useAccount } from "../../api/account";
import { may } from "../../api/session";
import { Closed, Empty } from "../../ui/States";
import type { Section } from "./section";
import { SECTIONS } from "./sections";
import classes from "./Settings.module.css";

/** Those that whoever is signed in may see. */
function useSections(): Section[] {
  const account = useAccount();
  return SECTIONS.filter(({ asks }) => may(account, asks));
}

/** All sections, with what each is for. */
export function Settings() {
  const sections = useSections();
  return (
    <Page title="Settings">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {sections.map(({ path, label, icon: Icon, description }) => (
          <Paper key={path} component={Link} to={`/settings/${path}`} className={classes.tile}>
            <ThemeIcon size={38} variant="light">
              <Icon size={21} stroke={1.7} />
            </ThemeIcon>
            <div>
              <Text fw={600}>{label}</Text>
              <Text size="sm" c="dimmed">
                {description}
              </Text>
            </div>
          </Paper>
        ))}
      </SimpleGrid>
    </Page>
  );
}

/** One section beside the list of all; on a small screen the section alone. */
export function SettingsSection() {
  const { section: path = "" } = useParams();
  const section = SECTIONS.find((one) => one.path === path);
  const sections = useSections();
  return (
    <div className={classes.frame}>
      <Box component="nav" aria-label="Settings" visibleFrom="md" className={classes.nav}>
        {sections.map(({ path: at, label, icon: Icon }) => (
          <NavLink
            key={at}
            component={Link}
            to={`/settings/${at}`}
            label={label}
            leftSection={<Icon size={18} stroke={1.7} />}
            active={at === path}
            aria-current={at === path ? "page" : undefined}
            className={classes.place}
          />
        ))}
      </Box>
      <div>
        <Anchor component={Link} to="/settings" size="sm" c="dimmed" hiddenFrom="md" className={classes.back}>
          <IconChevronLeft size={15} /> Settings
        </Anchor>
        {section ? (
          <Page title={section.label} subtitle={section.description}>
            {sections.includes(section) ? (
              <Suspense fallback={<Skeleton height={320} radius="lg" />}>
                <section.Component />
              </Suspense>
            ) : (
              <Closed>Your role does not show this section.</Closed>
            )}
          </Page>
        ) : (
          <Card>
            <Empty icon={IconSettingsOff} title="There is no such section">
              Choose one of the others.
            </Empty>
          </Card>
        )}
      </div>
    </div>
  );
}
