import { Radio, Stack, Text } from "@mantine/core";
import { Card } from "../../ui/Page";
import { useChooseMails, type Me } from "./queries";

/** Which notifications of this account come by mail, too. */
export function MailsCard({ id, me }: { id: string; me: Me }) {
  const choose = useChooseMails(id);
  return (
    <Card title="Notifications by mail">
      <Stack gap="sm" maw={640}>
        <Radio.Group
          aria-label="Notifications by mail"
          value={choose.error ? me.mails : (choose.variables ?? me.mails)}
          onChange={(mails) => choose.mutate(mails as Me["mails"])}
        >
          <Stack gap="xs">
            <Radio
              value="important"
              label="What I have to know"
              description="A webhook that was switched off, an import that failed, a campaign that was cancelled, a mail server that refuses what is sent: where it concerns your role."
            />
            <Radio value="off" label="None" description="Everything still stands under the bell." />
          </Stack>
        </Radio.Group>
        <Text size="sm" c={choose.error ? "red" : "dimmed"} role="status">
          {choose.error ? choose.error.message : choose.isSuccess ? "Saved." : me.email ? "" : "Give your e-mail address above first."}
        </Text>
      </Stack>
    </Card>
  );
}
