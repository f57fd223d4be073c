import { ActionIcon, Button, Group, Menu, Select, Stack, Text, Title } from "@mantine/core";
import { IconArrowsMove, IconDots, IconPencil } from "@tabler/icons-react";
import type { RefObject } from "react";
import { fieldOf, setField } from "../../../editor/commands";
import { useEditor, useEditorState, useNode, useSelected } from "../../../editor/context";
import type { Key } from "../../../editor/document";
import { kindOf } from "../blocks";
import type { Field, FieldGroup } from "../blocks/kind";
import { gapsOf, groupsOf, labelOf, NodeIcon, wordsOf } from "../frames";
import { LAYOUTS, layoutOf, setLayout, spots } from "../moves";
import { isBlock, universalOf } from "../tree";
import { ACTIONS, moveTo } from "./actions";
import classes from "./Editor.module.css";
import { Control } from "./Control";
import { losesNothing } from "./faithful";
import type { Scope } from "./Editor";
import { setShown } from "./shown";
import { Linked, MakeUniversal } from "./Universal";

interface InspectorProps {
  root: Key;
  ref: RefObject<HTMLDivElement | null>;
  /** what the server refused of what is selected */
  refusals: readonly string[];
  onWrite: ((key: Key) => void) | undefined;
  scope: Scope;
}

/** The fields of what is selected. */
export function Inspector({ root, ref, refusals, onWrite, scope }: InspectorProps) {
  const key = useSelected() ?? root;
  const node = useNode(key);
  const words = useEditorState(({ document }) => (document.has(key) ? wordsOf(document, key) : ""));
  const isBlockNode = useEditorState(({ document }) => isBlock(document, key));
  if (!node) return null;
  if (key === root && scope !== "template")
    return (
      <Text size="sm" c="dimmed">
        Choose what is to be changed. Fonts and colours that it has none of its own of are those of each template.
      </Text>
    );
  const universal = universalOf(node);
  return (
    <div ref={ref} className={classes.inspector}>
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs" wrap="nowrap">
          <NodeIcon of={node} size={18} />
          <Title order={2} size="h5">
            {labelOf(node)}
          </Title>
        </Group>
        {key !== root && <NodeMenu root={root} of={key} />}
      </Group>
      <Text size="xs" c="dimmed" className={classes.oneLine}>
        {words}
      </Text>
      {refusals.map((each) => (
        <Text key={each} size="sm" c="red" role="alert">
          {each}
        </Text>
      ))}
      {universal === null ? (
        <>
          <Gaps of={key} />
          <Fields key={key} of={key} onWrite={onWrite} />
          {scope === "template" && (node.kind === "section" || isBlockNode) && <MakeUniversal key={`universal of ${key}`} of={key} />}
        </>
      ) : (
        <Linked key={key} of={key} id={universal} />
      )}
    </div>
  );
}

function NodeMenu({ root, of }: { root: Key; of: Key }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const places = isBlock(document, of) ? spots(document, root).filter(({ into }) => into !== document.get(of)?.parent) : [];
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="What can be done with it">
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        {ACTIONS.filter(({ may }) => may(document, root, of)).map(({ id, words, icon: Icon, keys, grave, run }) => (
          <Menu.Item key={id} leftSection={<Icon size={16} />} rightSection={<Text size="xs" c="dimmed">{keys}</Text>} {...(grave ? { c: "red" } : {})} onClick={() => run(editor, root, of)}>
            {words}
          </Menu.Item>
        ))}
        {places.length > 0 && <Menu.Label>Move to</Menu.Label>}
        {places.map(({ into, words }) => (
          <Menu.Item key={into} leftSection={<IconArrowsMove size={16} />} onClick={() => moveTo(editor, root, of, into)}>
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** What must be mended before it is sent. */
function Gaps({ of }: { of: Key }) {
  const document = useEditorState((state) => state.document);
  const gaps = document.has(of) ? gapsOf(document, [of]) : [];
  if (gaps.length === 0) return null;
  return (
    <Stack gap={2}>
      {gaps.map(({ words }) => (
        <Text key={words} size="sm" className={classes.gap}>
          {words}
        </Text>
      ))}
    </Stack>
  );
}

function Fields({ of, onWrite }: { of: Key; onWrite: ((key: Key) => void) | undefined }) {
  const node = useNode(of);
  if (!node) return null;
  const { rich } = kindOf(node.kind);
  const text = rich ? String(fieldOf(node.data, rich) ?? "") : "";
  const isCode = rich !== undefined && (!losesNothing(text) || onWrite === undefined);
  return (
    <Stack gap="md">
      {node.kind === "row" && <Layout of={of} />}
      {node.kind === "section" && node.children.map((row) => <Layout key={row} of={row} />)}
      {rich && !isCode && (
        <Button variant="light" size="xs" leftSection={<IconPencil size={15} />} onClick={() => onWrite?.(of)}>
          Write the text
        </Button>
      )}
      {rich && isCode && (
        <FieldSet
          of={of}
          group={{
            title: "Words",
            fields: [{ control: "code", label: "Text as HTML", path: rich, ...(losesNothing(text) ? {} : { hint: "It holds something that the text editor would drop, so it is edited as code." }) }],
          }}
        />
      )}
      {groupsOf(node).map((group) => (
        <FieldSet key={group.title} of={of} group={group} />
      ))}
    </Stack>
  );
}

function Layout({ of }: { of: Key }) {
  const editor = useEditor();
  const layout = useEditorState(({ document }) => (document.has(of) ? layoutOf(document, of) : ""));
  return (
    <Select
      label="Columns"
      data={Object.entries(LAYOUTS).map(([value, widths]) => ({ value, label: widths.length === 1 ? "One" : widths.map((width) => `${Math.round(width)} %`).join(" · ") }))}
      value={layout}
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      onChange={(value) => value && editor.run(setLayout, { key: of, layout: value }, { words: "Change columns" })}
    />
  );
}

function FieldSet({ of, group: { title, fields } }: { of: Key; group: FieldGroup }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {fields.map((field) => (
        <Bound key={field.path.join(".")} of={of} field={field} />
      ))}
    </fieldset>
  );
}

function Bound({ of, field }: { of: Key; field: Field }) {
  const editor = useEditor();
  const data = useEditorState(({ document }) => document.get(of)?.data);
  return (
    <Control
      field={field}
      data={data}
      onChange={(path, value) => {
        const command = path.includes("display_options") ? setShown : setField;
        editor.run(command, { key: of, path, value }, { words: `Change ${field.label.toLowerCase()}`, merge: `${of}/${path.join("/")}` });
      }}
    />
  );
}
