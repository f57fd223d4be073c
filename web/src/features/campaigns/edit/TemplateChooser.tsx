import { Button, Group, Modal, SimpleGrid, Stack, Text, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPencil, IconSearch, IconTemplate } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { rowsOf } from "../../../api/records";
import { More } from "../../../ui/Endless";
import { Offered } from "../../../ui/Offered";
import { Empty, Problem, Rows } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { Starters, Thumbnail, useCreateTemplate, type Starter } from "../../templates";
import classes from "./Composer.module.css";
import { letter, type Letter } from "./letter";
import { useMakeTemplate, useTemplates } from "./queries";

interface ChooserProps {
  opened: boolean;
  close: () => void;
  choose: (template: { id: string; name: string }) => void;
}

/** The library's templates as small pictures, and a short letter for who has none yet. */
export function TemplateChooser({ opened, close, choose }: ChooserProps) {
  const [way, setWay] = useState<Way>("library");
  const leave = () => {
    setWay("library");
    close();
  };
  const chosen: ChooserProps["choose"] = (template) => {
    setWay("library");
    choose(template);
  };
  return (
    <Modal opened={opened} onClose={leave} title={TITLES[way]} size="xl" centered>
      {way === "letter" && <LetterForm back={() => setWay("library")} choose={chosen} />}
      {way === "starter" && <FromStarter back={() => setWay("library")} choose={chosen} />}
      {way === "library" && <Library choose={chosen} go={setWay} />}
    </Modal>
  );
}

type Way = "library" | "letter" | "starter";
const TITLES: Record<Way, string> = { library: "Choose the content", letter: "Write a short letter", starter: "Begin with a starter" };

/** A starter becomes a template of the library, of which the message gets its copy. */
function FromStarter({ back, choose }: { back: () => void; choose: ChooserProps["choose"] }) {
  const create = useCreateTemplate();
  const begin = ({ name, definition }: Starter) =>
    create.mutate({ name, editor_type: "SYSTEM_DRAGGABLE", definition }, { onSuccess: ({ data }) => choose({ id: data.id, name }) });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          Its words and pictures can be changed once it is chosen.
        </Text>
        <Button variant="default" onClick={back}>
          Back to the templates
        </Button>
      </Group>
      {create.error && <Problem error={create.error} retry={create.reset} />}
      <Starters isBusy={create.isPending} begin={begin} />
    </Stack>
  );
}

function Library({ choose, go }: { choose: ChooserProps["choose"]; go: (way: Way) => void }) {
  const [name, setName] = useState("");
  const [asked] = useDebouncedValue(name.trim(), 300);
  const pages = useTemplates(asked);
  const rows = rowsOf(pages.data);
  const start = (
    <Offered by="create_template">
      <Group gap="xs">
        <Button variant="default" leftSection={<IconTemplate size={16} />} onClick={() => go("starter")}>
          Begin with a starter
        </Button>
        <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => go("letter")}>
          Write a short letter
        </Button>
      </Group>
    </Offered>
  );
  if (!rows) return pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : <Rows rows={3} />;
  if (rows.length === 0 && !asked)
    return (
      <Empty icon={IconTemplate} title="No templates yet" action={start}>
        A template is what a message looks like and says. Begin with a starter, or with a short letter: a heading, a few lines and a button.
      </Empty>
    );
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          The message gets a copy: later changes of a template do not change it.
        </Text>
        {start}
      </Group>
      <TextInput type="search" aria-label="Search the templates by name" placeholder="Search the templates by name" leftSection={<IconSearch size={16} />} maw={420} value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} />
      {rows.length === 0 && <Text size="sm">No template has this in its name.</Text>}
      <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="md" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {rows.map(({ id, attributes }) => (
          <li key={id}>
            <UnstyledButton className={classes.template} onClick={() => choose({ id, name: attributes.name })}>
              <Thumbnail html={attributes.html ?? ""} />
              <Text size="sm" fw={600} component="span" display="block" truncate>
                {attributes.name}
              </Text>
              <Text size="xs" c="dimmed" component="span" display="block">
                Changed <Time at={attributes.updated ?? null} />
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </SimpleGrid>
      <More pages={pages} />
    </Stack>
  );
}

const EMPTY: Letter = { heading: "", text: "", label: "", link: "" };

function LetterForm({ back, choose }: { back: () => void; choose: ChooserProps["choose"] }) {
  const [written, setWritten] = useState(EMPTY);
  const [missing, setMissing] = useState<string | null>(null);
  const make = useMakeTemplate();
  const field = (name: keyof Letter) => ({
    value: written[name],
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => setWritten({ ...written, [name]: currentTarget.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = problemOf(written);
    setMissing(wrong);
    if (wrong) return;
    const name = written.heading.trim();
    make.mutate({ name, html: letter(written) }, { onSuccess: (answer) => choose({ id: answer.data.id, name }) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput label="Heading" placeholder="Spring is here" data-autofocus {...field("heading")} />
        <Textarea label="Text" description="An empty line begins a new paragraph." autosize minRows={5} {...field("text")} />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Words on the button" placeholder="See what is new" {...field("label")} />
          <TextInput label="Where the button leads" placeholder="https://shop.example/new" inputMode="url" {...field("link")} />
        </SimpleGrid>
        {(missing ?? make.error?.message) && (
          <Text size="sm" c="red" role="alert">
            {missing ?? make.error?.message}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={back}>
            Back to the templates
          </Button>
          <Button type="submit" loading={make.isPending}>
            Use the letter
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function problemOf({ heading, text, label, link }: Letter): string | null {
  if (!heading.trim() || !text.trim()) return "Write a heading and a text.";
  if (label.trim() && !/^https?:\/\/\S+$/.test(link.trim())) return "Say where the button leads, as https://shop.example/new.";
  return null;
}
