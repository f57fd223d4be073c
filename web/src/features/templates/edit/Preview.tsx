import { Alert, Button, Code, Group, List, Modal, SegmentedControl, Skeleton, Stack, Switch, Tabs, TagsInput, Text, UnstyledButton } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Key } from "../../../editor/document";
import { Picker } from "../../../ui/form/Picker";
import { Offered } from "../../../ui/Offered";
import { Problem } from "../../../ui/States";
import type { FoundGap } from "../frames";
import { usePreview, useSendTests, type Reader, type Source } from "../queries";
import classes from "./Editor.module.css";
import { Framed } from "./Framed";

interface PreviewProps {
  source: Source;
  /** of the template: what a test is called where it has no subject */
  name: string;
  close: () => void;
  gaps?: readonly FoundGap[];
  /** that the mail follows, and the control that chooses it */
  event?: { id: string | null; control: ReactNode };
  onGap?: (key: Key) => void;
}

const WIDTHS: Record<string, number | string> = { desktop: "100%", phone: 390 };

/** The mail as the server makes it of what is on the screen, what is wrong with it, and a way to send it to oneself. */
const NO_GAPS: readonly FoundGap[] = [];

export function Preview({ source, name, close, gaps = NO_GAPS, onGap, event }: PreviewProps) {
  const [person, setPerson] = useState<string | null>(null);
  const [device, setDevice] = useState("desktop");
  const [isDark, setIsDark] = useState(false);
  const [hasImages, setHasImages] = useState(true);
  const query = usePreview(source, { person, event: event?.id ?? null });
  const mail = query.data?.data.attributes;
  const html = mail ? shownAs(mail.html ?? "", { isDark, hasImages }) : "";
  const wrong = gaps.length + (mail?.checks.length ?? 0);
  return (
    <Modal opened onClose={close} title="Preview" size="xl" fullScreen={false}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <Picker kind="profile" label="As this person" placeholder="Nobody in particular" value={person} onChange={setPerson} />
          {event?.control}
          <SegmentedControl size="xs" aria-label="Screen" value={device} onChange={setDevice} data={[{ value: "desktop", label: "Desktop" }, { value: "phone", label: "Phone" }]} />
          <Switch label="Dark" checked={isDark} onChange={({ currentTarget }) => setIsDark(currentTarget.checked)} />
          <Switch label="Images" checked={hasImages} onChange={({ currentTarget }) => setHasImages(currentTarget.checked)} />
        </Group>
        <Tabs defaultValue="mail" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="mail">E-mail</Tabs.Tab>
            <Tabs.Tab value="text">Text only</Tabs.Tab>
            <Tabs.Tab value="code">Code</Tabs.Tab>
            <Tabs.Tab value="checks">{wrong === 0 ? "Checks" : `Checks (${wrong})`}</Tabs.Tab>
            <Tabs.Tab value="test">Send a test</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="mail" pt="sm">
            {query.error && <Problem error={query.error} retry={query.refetch} title="It can't be shown" />}
            {query.isPending && <Skeleton height={420} />}
            {mail && (
              <div className={classes.stage}>
                <Framed key={`${device}${isDark}`} html={html} title="The e-mail" height={560} width={WIDTHS[device] ?? "100%"} />
              </div>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="text" pt="sm">
            <pre className={classes.plain} tabIndex={0} aria-label="Text of the e-mail">
              {mail?.text ?? ""}
            </pre>
          </Tabs.Panel>
          <Tabs.Panel value="code" pt="sm">
            <pre className={classes.plain} tabIndex={0} aria-label="HTML of the e-mail">
              {mail?.html ?? ""}
            </pre>
          </Tabs.Panel>
          <Tabs.Panel value="checks" pt="sm">
            <Stack gap="sm">
              {wrong === 0 && !query.isPending && <Text size="sm">Nothing is wrong with this e-mail.</Text>}
              {gaps.map(({ key, words, path }) => (
                <UnstyledButton key={`${key}${path.join("/")}`} className={classes.check} onClick={() => onGap?.(key)}>
                  <Text size="sm">{words}</Text>
                </UnstyledButton>
              ))}
              {mail && mail.checks.length > 0 && (
                <List size="sm" spacing={6}>
                  {mail.checks.map(({ check, detail, sample, count }) => (
                    <List.Item key={check}>
                      {detail}
                      {count > 1 ? ` (${count} times)` : ""}
                      {sample && <Code ml={6}>{sample}</Code>}
                    </List.Item>
                  ))}
                </List>
              )}
            </Stack>
          </Tabs.Panel>
          <Tabs.Panel value="test" pt="sm">
            <Offered by="send_template_tests">
              <TestSend source={source} name={name} reader={{ person, event: event?.id ?? null }} />
            </Offered>
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Modal>
  );
}

/** `sendable` HTML as a mail program in the dark or without pictures would show it. */
function shownAs(html: string, { isDark, hasImages }: { isDark: boolean; hasImages: boolean }): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!hasImages) page.querySelectorAll("img").forEach((image) => image.removeAttribute("src"));
  const scheme = page.createElement("style");
  scheme.textContent = `:root{color-scheme:${isDark ? "dark" : "light"}}`;
  page.head.append(scheme);
  const text = `<!doctype html>${page.documentElement.outerHTML}`;
  // the rules for the dark follow the switch, not the machine
  return text.replace(/\(prefers-color-scheme:\s*dark\)/g, isDark ? "(min-width:0)" : "(max-width:0)");
}

function TestSend({ source, name, reader }: { source: Source; name: string; reader: Reader }) {
  const [addresses, setAddresses] = useState<string[]>([]);
  const send = useSendTests();
  return (
    <Stack gap="sm" maw={480}>
      <TagsInput label="To" description="Up to five addresses. A test is marked, and counted nowhere." maxTags={5} value={addresses} onChange={setAddresses} acceptValueOnBlur placeholder="you@example.com" />
      <Group>
        <Button size="sm" disabled={addresses.length === 0} loading={send.isPending} onClick={() => send.mutate({ source: { subject: name, ...source }, reader, recipients: addresses })}>
          Send the test
        </Button>
      </Group>
      {send.error && (
        <Alert color="red" role="alert">
          {send.error.message}
        </Alert>
      )}
      {send.isSuccess && <Text size="sm" role="status">It is on its way to {addresses.join(", ")}.</Text>}
    </Stack>
  );
}
