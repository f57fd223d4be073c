import { ActionIcon, Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { insert, move, remove, setField } from "../../../editor/commands";
import { useEditor, useEditorState } from "../../../editor/context";
import { apply, joined, newKey, nodeOf, type Change, type Document, type Key } from "../../../editor/document";
import { FilterField } from "./FilterField";
import { exitWords } from "./words";
import { EXIT, freshName, type Exit } from "../tree";

const MOST = 10;

const isElse = (document: Document, key: Key) => (nodeOf(document, key).data as Exit).branch?.is_else === true;

/** The branches tell their order by their place. */
function ordered(document: Document, change: Change, split: Key): Change {
  return nodeOf(apply(document, change), split).children.reduce<Change>(
    (whole, key, place) => joined(whole, setField(apply(document, whole), { key, path: ["branch", "order"], value: place })),
    change,
  );
}

/** The ways of a split of many branches: names, conditions and order. The last one takes the rest. */
export function Branches({ of }: { of: Key }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const ways = document.get(of)?.children ?? [];
  const run = (words: string, make: (document: Document) => Change) => editor.run((now: Document) => ordered(now, make(now), of), null, { words });
  const fits = ways.filter((key) => !isElse(document, key));
  const add = () =>
    run("Add branch", (now) =>
      insert(now, {
        into: of,
        at: fits.length,
        key: newKey(),
        branch: { kind: EXIT, data: { branch: { branch_id: freshName(), order: 0, is_else: false, branch_filter: null, name: `Branch ${fits.length + 1}`, links: { next: null } } } satisfies Exit, children: [] },
      }),
    );
  return (
    <Stack gap="xs" role="list" aria-label="Branches">
      {ways.map((key, place) => {
        const words = exitWords(document, key);
        const rest = isElse(document, key);
        return (
          <Paper key={key} withBorder p="xs" role="listitem">
            <Group gap={2} wrap="nowrap" mb={6}>
              <TextInput size="xs" aria-label="Name of the branch" value={words} style={{ flex: 1 }} onChange={({ currentTarget }) => editor.run(setField, { key, path: ["branch", "name"], value: currentTarget.value }, { words: "Rename branch", merge: `${key}/name` })} />
              {!rest && (
                <>
                  <ActionIcon variant="subtle" color="gray" aria-label={`Move ${words} up`} disabled={place === 0} onClick={() => run("Move branch", (now) => move(now, { key, into: of, at: place - 1 }))}>
                    <IconArrowUp size={14} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="gray" aria-label={`Move ${words} down`} disabled={place >= fits.length - 1} onClick={() => run("Move branch", (now) => move(now, { key, into: of, at: place + 2 }))}>
                    <IconArrowDown size={14} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="red" aria-label={`Remove ${words} with its steps`} disabled={fits.length < 2} onClick={() => run("Remove branch", (now) => remove(now, { key }))}>
                    <IconTrash size={14} />
                  </ActionIcon>
                </>
              )}
            </Group>
            {rest ? (
              <Text size="sm" c="dimmed">
                Everybody whom no branch above fits.
              </Text>
            ) : (
              <FilterField of={key} path={["branch", "branch_filter"]} label="Who goes this way" about="step" empty="Nobody yet: say who." />
            )}
          </Paper>
        );
      })}
      {fits.length < MOST && (
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }} onClick={add}>
          Add a branch
        </Button>
      )}
    </Stack>
  );
}
