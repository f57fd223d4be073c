import { Center, Code, Paper, Stack, Text, Title } from "@mantine/core";

export function SignedOut() {
  return (
    <Center mih="100dvh" p="md">
      <Paper p="xl" maw={440} shadow="sm">
        <Stack gap="sm">
          <img src="/icon.svg" width={40} height={40} alt="" />
          <Title order={2}>Sign in to Rapport</Title>
          <Text c="dimmed">
            Open the sign-in link that <Code>make run</Code> printed, or run <Code>rapport sign-in</Code> on the server to
            get a new one.
          </Text>
          <Text c="dimmed" size="sm">
            The link signs one browser in, once; there is no password to remember.
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}
