import { Anchor, SimpleGrid, Stack, Tabs, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "react-router";
import { useAccount } from "../../api/account";
import { CopyBlock, CopyLine } from "../../ui/Copy";
import { Card, Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { Calls } from "./Calls";
import { curlExample, pythonExample, scriptTag } from "./examples";
import { useFirstEvent } from "./queries";

export function Developers() {
  return (
    <Page title="Developers" subtitle="Connect a store, and see what its calls are answered.">
      <FirstEvent />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: "start" }}>
        <Script />
        <Events />
      </SimpleGrid>
      <Calls />
    </Page>
  );
}

function FirstEvent() {
  const at = useFirstEvent();
  return (
    <Card>
      <div role="status">
        {at === undefined && <Text size="sm">Looking for your store's first event …</Text>}
        {at === null && (
          <Text size="sm">
            <b>No event of your store has arrived yet.</b> Send one as shown below: it appears here within seconds.
          </Text>
        )}
        {at && (
          <Text size="sm">
            <IconCircleCheck size={16} style={{ verticalAlign: -3 }} aria-hidden /> Your store's first event arrived <Time at={at} />.{" "}
            <Anchor component={Link} to="/events">
              See all events
            </Anchor>
          </Text>
        )}
      </div>
    </Card>
  );
}

function Script() {
  const { public_key } = useAccount();
  return (
    <Card title="On your shop's pages">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The script tells who visits which page, and shows sign-up forms. It needs the public key alone, which everybody may see.
        </Text>
        <CopyBlock label="Copy the script tag" text={scriptTag(location.origin, public_key)} />
        <CopyLine label="Public key" text={public_key} />
      </Stack>
    </Card>
  );
}

function Events() {
  const host = location.origin;
  return (
    <Card title="From your server">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Every client written for the Klaviyo API works against this host. <code>rapport keys create</code> makes a private key.
        </Text>
        <CopyLine label="Host" text={host} />
        <Tabs defaultValue="curl">
          <Tabs.List>
            <Tabs.Tab value="curl">curl</Tabs.Tab>
            <Tabs.Tab value="python">Python</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="curl" pt="sm">
            <CopyBlock label="Copy the curl example" text={curlExample(host)} />
          </Tabs.Panel>
          <Tabs.Panel value="python" pt="sm">
            <CopyBlock label="Copy the Python example" text={pythonExample(host)} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Card>
  );
}
