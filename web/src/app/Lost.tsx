import { Alert, Button, Center, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Link, useRouteError } from "react-router";

export function Lost() {
  return (
    <Center mih="60vh">
      <Stack align="center" gap="xs">
        <Title order={2}>There is no such page</Title>
        <Text c="dimmed">The address may be mistyped, or what it showed is gone.</Text>
        <Button component={Link} to="/" variant="light" mt="sm">
          Go home
        </Button>
      </Stack>
    </Center>
  );
}

/** A page that broke, or whose code could not be fetched (the server was updated while the tab stayed open). */
export function BrokenPage() {
  const error = useRouteError();
  return (
    <Alert m="xl" color="red" icon={<IconAlertCircle />} title="This page could not be shown">
      <Text size="sm">{error instanceof Error ? error.message : "Something unexpected happened."}</Text>
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          Reload the page
        </Button>
      </Group>
    </Alert>
  );
}
