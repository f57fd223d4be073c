import { Button, Select } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { ask } from "../../../api/ask";
import { fieldOf } from "../../../editor/commands";
import { useEditorState } from "../../../editor/context";
import type { Key } from "../../../editor/document";
import { exact } from "../../../ui/format";
import { textAt } from "../steps/kind";
import type { Path } from "./fields";
import { useTrigger } from "./whole";

// with the frame it is drawn in, only when somebody looks
const Preview = lazy(async () => ({ default: (await import("../../templates")).Preview }));

/** The message as it would be, for a person and an event to choose, and a test of it. */
export function TestSend({ of, path }: { of: Key; path: Path }) {
  const [isOpen, setIsOpen] = useState(false);
  const message = useEditorState(({ document }) => fieldOf(document.get(of)?.data, path));
  const template = textAt(message, "template_id");
  if (!template) return null;
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconEye size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => setIsOpen(true)}>
        Preview and test
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <Opened source={{ template_id: template, subject: textAt(message, "subject_line"), preview_text: textAt(message, "preview_text") }} close={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

const MOST_EVENTS = 20;

function Opened({ source, close }: { source: { template_id: string; subject: string; preview_text: string }; close: () => void }) {
  const trigger = useTrigger();
  const metric = trigger.type === "metric" ? textAt(trigger, "id") : "";
  const [event, setEvent] = useState<string | null>(null);
  const events = useQuery({
    ...ask("get_events", { query: { filter: `equals(metric_id,"${metric}")`, sort: "-datetime", include: "profile", "page[size]": MOST_EVENTS } }),
    enabled: metric !== "",
  });
  const people = new Map(((events.data?.included ?? []) as { id: string; attributes: Record<string, unknown> }[]).map(({ id, attributes }) => [id, textAt(attributes, "email") || textAt(attributes, "first_name")]));
  const options = (events.data?.data ?? []).map((each) => {
    const { id, attributes } = each;
    const person = (each as { relationships?: { profile?: { data?: { id: string } } } }).relationships?.profile?.data?.id ?? "";
    return { value: id, label: [people.get(person), exact(textAt(attributes, "datetime"))].filter(Boolean).join(" · ") };
  });
  const control = metric ? (
    <Select
      label="After this event"
      placeholder={events.isPending ? "Loading …" : options.length === 0 ? "It has not happened yet" : "None"}
      data={options}
      value={event}
      clearable
      onChange={setEvent}
      w={260}
    />
  ) : null;
  return <Preview source={source} name={source.subject || "Test"} close={close} event={{ id: event, control }} />;
}
