/** What a page shows when there is nothing to show: not yet, nothing there, or something in the way. */

import { Alert, Button, Group, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertCircle, IconLock, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/client";

export function Problem({ error, retry, title }: { error: Error; retry: () => unknown; title?: string }) {
  if (error instanceof ApiProblem && error.status === 403) return <Closed>{error.message}</Closed>;
  return (
    <Alert color="red" icon={<IconAlertCircle />} title={title ?? titleOf(error)} role="alert" w="100%" maw={640}>
      <Text size="sm">{error.message}</Text>
      <Text size="sm" c="dimmed" mt={4}>
        {adviceOf(error)}
      </Text>
      <Button size="xs" variant="default" mt="sm" onClick={() => retry()}>
        Try again
      </Button>
    </Alert>
  );
}

function titleOf(error: Error): string {
  const status = error instanceof ApiProblem ? error.status : -1;
  if (status === 0) return "The server cannot be reached";
  if (status === 404) return "This does not exist (any more)";
  if (status === 429) return "Too many requests";
  return "This could not be loaded";
}

function adviceOf(error: Error): string {
  const status = error instanceof ApiProblem ? error.status : -1;
  if (status === 0) return "Once it is back, press “Try again”; nothing was lost.";
  if (status === 404) return "Go back to the list and pick another one.";
  if (status === 429) return "Wait a minute, then try again.";
  if (status === 400) return "Mend what it names, then try again.";
  if (status >= 500) return "If it happens again, look at the server's log for this moment.";
  return "If it happens again, reload the page.";
}

/** What this person's role does not hold: no second try helps, but somebody who can change it. */
export function Closed({ children }: { children?: ReactNode }) {
  return (
    <Alert color="gray" icon={<IconLock />} title="You may not see this" role="alert" w="100%" maw={640}>
      {children && <Text size="sm">{children}</Text>}
      <Text size="sm" c="dimmed" mt={children ? 4 : 0}>
        If you need it for your work, ask an owner or admin of this account for another role.
      </Text>
    </Alert>
  );
}

interface EmptyProps {
  icon: Icon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** An empty list: says what would be here and what to do next. */
export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap={6} px="md" py={48} ta="center">
      <ThemeIcon size={48} radius="xl" variant="light" mb={6}>
        <Icon size={24} stroke={1.6} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" maw={440} component="div">
        {children}
      </Text>
      {action && <Group mt="sm">{action}</Group>}
    </Stack>
  );
}

export function Rows({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap="sm" p="md" aria-label="Loading" aria-busy>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} radius="sm" style={{ opacity: 1 - row / (rows + 2) }} />
      ))}
    </Stack>
  );
}
