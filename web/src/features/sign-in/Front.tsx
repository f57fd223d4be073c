import { Center, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

interface FrontProps {
  title: string;
  about?: ReactNode;
  children: ReactNode;
}

/** The frame of a page for whoever is not signed in. */
export function Front({ title, about, children }: FrontProps) {
  useDocumentTitle(`${title} · Rapport`);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper p={{ base: "lg", sm: "xl" }} w="100%" maw={440} shadow="sm">
        <Stack gap="md">
          <img src="/icon.svg" width={40} height={40} alt="" />
          <div>
            <Title order={1} size="h2">
              {title}
            </Title>
            {about && (
              <Text c="dimmed" mt={4} component="div">
                {about}
              </Text>
            )}
          </div>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
