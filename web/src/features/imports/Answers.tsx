import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useAddress } from "../../ui/address";
import { count } from "../../ui/format";
import { Card } from "../../ui/Page";
import { Columns } from "./Columns";
import { gapsOf } from "./gaps";
import { useCancel, useCheck, useStart, type Draft, type Import } from "./queries";
import { ConsentQuestion, CountryQuestion, ListQuestion, MetricQuestion } from "./Questions";
import { Progress, Refused } from "./Result";
import { effectWords, outcomeWords } from "./words";

/** Everything that is asked before a file is brought in, on one page; what was found is about the answers as they were
 * checked. */
export function Answers({ id, of }: { id: string; of: Import }) {
  const [list] = useAddress("list");
  const [saved, setSaved] = useState<Draft>({ mapping: of.mapping, options: of.options });
  const [draft, setDraft] = useState<Draft>(() => (list && of.status === "draft" ? { ...saved, options: { ...of.options, list_ids: [list] } } : saved));
  const check = useCheck(id);
  const setOptions = (options: Draft["options"]) => setDraft({ ...draft, options });
  const question = { options: draft.options, onChange: setOptions };
  const isPeople = of.kind === "profiles";
  const hasColumns = Object.values(draft.mapping).some((target) => target.endsWith("_consent"));
  const [isPressed, setPressed] = useState(false);
  const gaps = gapsOf(of.kind, draft);
  const begin = () => {
    setPressed(true);
    if (gaps.length === 0) check.mutate(draft, { onSuccess: () => setSaved(draft) });
  };
  return (
    <Stack gap="lg">
      <Card title="Columns">
        <Columns of={of} mapping={draft.mapping} onChange={(mapping) => setDraft({ ...draft, mapping })} />
      </Card>
      {isPeople && <ListQuestion {...question} />}
      {isPeople && <ConsentQuestion {...question} hasColumns={hasColumns} />}
      {!isPeople && <MetricQuestion {...question} />}
      {Object.values(draft.mapping).includes("phone_number") && <CountryQuestion {...question} />}
      {of.status === "checking" ? (
        <Progress id={id} of={of} />
      ) : (
        <Ready id={id} of={of} isChecked={of.status === "checked" && draft === saved} begin={begin} gaps={isPressed ? gaps : []} pending={check.isPending} error={check.error} />
      )}
    </Stack>
  );
}

interface ReadyProps {
  id: string;
  of: Import;
  isChecked: boolean;
  begin: () => void;
  gaps: string[];
  pending: boolean;
  error: Error | null;
}

/** First what would happen, then the import itself. */
function Ready({ id, of, isChecked, begin, gaps, pending, error }: ReadyProps) {
  const start = useStart(id);
  const discard = useCancel(id);
  const problem = error ?? start.error ?? discard.error;
  return (
    <Card title={isChecked ? "What will happen" : "Check the file"}>
      <Stack gap="sm">
        <div role="status">
          {isChecked ? (
            <>
              <Text fw={600}>{outcomeWords(of)}</Text>
              {effectWords(of).map((sentence) => (
                <Text key={sentence} size="sm">
                  {sentence}
                </Text>
              ))}
            </>
          ) : (
            <Text size="sm" c="dimmed">
              The whole file is read and counted. Nothing is written before you start the import.
            </Text>
          )}
        </div>
        {isChecked && <Refused id={id} of={of} />}
        {gaps.length > 0 && (
          <Alert color="yellow" role="alert" title="Something is missing">
            {gaps.join(" ")}
          </Alert>
        )}
        {problem && (
          <Alert color="red" role="alert" title={error ? "The file was not checked" : "Nothing was changed"}>
            {problem.message}
          </Alert>
        )}
        <Group>
          {isChecked ? (
            <Button loading={start.isPending} onClick={() => start.mutate()}>
              {startWords(of)}
            </Button>
          ) : (
            <Button loading={pending} onClick={begin}>
              Check the file
            </Button>
          )}
          <Button variant="default" loading={discard.isPending} onClick={() => discard.mutate()}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function startWords({ kind, counts }: Import): string {
  if (kind !== "profiles") return `Import ${count(counts.events ?? 0)} events`;
  const people = (counts.added ?? 0) + (counts.updated ?? 0);
  return `Import ${people === 1 ? "1 person" : `${count(people)} people`}`;
}
