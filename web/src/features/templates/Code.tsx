import { ActionIcon, Alert, Button, Group, Menu, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconDots, IconEye } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { Page } from "../../ui/Page";
import { useUnsaved } from "../../ui/form/useUnsaved";
import type { Outcome } from "../../editor/outcome";
import { useBack } from "./back";
import { Preview } from "./edit/Preview";
import classes from "./Templates.module.css";

interface CodeContent {
  readonly name: string;
  readonly html: string;
}

interface CodeProps {
  opened: CodeContent;
  version: string | null;
  send: (content: CodeContent, version: string | null) => Promise<Outcome>;
  more: ReactNode;
}

/** A template that is written as HTML. It is saved when somebody says so: half-written code is refused. */
export function Code({ opened, version: first, send, more }: CodeProps) {
  const back = useBack();
  const [content, setContent] = useState(opened);
  const [saved, setSaved] = useState(opened);
  const [version, setVersion] = useState(first);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const [isPreviewed, setIsPreviewed] = useState(false);
  const isChanged = content.name !== saved.name || content.html !== saved.html;
  const leave = useUnsaved(isChanged, "this template");
  const save = async (over: string | null = version) => {
    setIsSaving(true);
    const result = await send(content, over).catch((): Outcome => ({ kind: "away" }));
    setIsSaving(false);
    setOutcome(result);
    if (result.kind !== "saved") return false;
    setSaved(content);
    setVersion(result.version);
    return true;
  };
  return (
    <Page
      title={saved.name || "Template"}
      back={back}
      actions={
        <Group gap="xs">
          <Text size="xs" c="dimmed" role="status">
            {isChanged ? "Not saved yet" : "Saved"}
          </Text>
          <Button size="sm" loading={isSaving} onClick={() => void save()}>
            Save
          </Button>
          <Button size="sm" variant="default" leftSection={<IconEye size={15} />} onClick={() => setIsPreviewed(true)}>
            Preview
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={36} aria-label="More">
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>{more}</Menu.Dropdown>
          </Menu>
        </Group>
      }
    >
      {leave.question}
      {outcome && outcome.kind !== "saved" && <Refused outcome={outcome} overwrite={() => void save(null)} />}
      <Stack gap="md">
        <TextInput label="Name" maw={420} value={content.name} onChange={({ currentTarget }) => setContent({ ...content, name: currentTarget.value })} />
        <Textarea label="HTML" autosize minRows={20} spellCheck={false} classNames={{ input: classes.code ?? "" }} value={content.html} onChange={({ currentTarget }) => setContent({ ...content, html: currentTarget.value })} />
      </Stack>
      {isPreviewed && <Preview source={{ html: content.html }} name={content.name} close={() => setIsPreviewed(false)} gaps={[]} />}
    </Page>
  );
}

function Refused({ outcome, overwrite }: { outcome: Outcome; overwrite: () => void }) {
  if (outcome.kind === "away")
    return (
      <Alert color="red" role="alert" title="Not saved: the server is away">
        Your changes are on this page. Press “Save” again when it is back.
      </Alert>
    );
  if (outcome.kind === "conflict")
    return (
      <Alert color="orange" role="alert" title="Not saved: this template was changed after you opened it">
        <Button size="xs" mt={6} onClick={overwrite}>
          Overwrite with mine
        </Button>
      </Alert>
    );
  return (
    <Alert color="red" role="alert" title="Not saved">
      {outcome.kind === "refused" && outcome.problems.map(({ detail }) => <Text key={detail} size="sm">{detail}</Text>)}
    </Alert>
  );
}
