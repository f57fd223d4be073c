import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconChevronLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  /** Beside the title: a badge or two. */
  mark?: ReactNode;
  subtitle?: ReactNode;
  back?: [to: string, label: string];
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, mark, subtitle, back, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Rapport`);
  return (
    <Stack gap="lg">
      <div>
        {back && (
          <Anchor component={Link} to={back[0]} size="sm" c="dimmed" className={classes.back}>
            <IconChevronLeft size={15} /> {back[1]}
          </Anchor>
        )}
        <Group justify="space-between" align="flex-end" gap="sm">
          <div className={classes.heading}>
            <Group gap="sm" align="center">
              <Title order={1} size="h2" className={classes.title} tabIndex={-1}>
                {title}
              </Title>
              {mark}
            </Group>
            {subtitle && (
              <Text c="dimmed" size="sm" mt={4} component="div">
                {subtitle}
              </Text>
            )}
          </div>
          {actions}
        </Group>
      </div>
      {children}
    </Stack>
  );
}

interface CardProps {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Without padding, for a table that reaches the edges. */
  flush?: boolean;
}

export function Card({ title, aside, children, flush }: CardProps) {
  return (
    <Paper className={classes.card}>
      {(title || aside) && (
        <Group justify="space-between" className={classes.cardHead} data-flush={flush || undefined} wrap="nowrap">
          {title && (
            <Title order={2} size="h5">
              {title}
            </Title>
          )}
          {aside}
        </Group>
      )}
      <div className={flush ? undefined : classes.cardBody}>{children}</div>
    </Paper>
  );
}
