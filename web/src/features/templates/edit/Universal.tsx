/** Universal content in the editor: shown where it is linked, offered, made of what is there, and made one's own again. */

import { Alert, Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconLink, IconLinkOff } from "@tabler/icons-react";
import { useRef, useState, type FormEvent } from "react";
import { Link } from "react-router";
import { setField } from "../../../editor/commands";
import { useEditor, useEditorState } from "../../../editor/context";
import { newKey, nodeOf, type Key } from "../../../editor/document";
import { rowsOf } from "../../../api/records";
import { announce } from "../../../ui/announce";
import { More } from "../../../ui/Endless";
import { Offered } from "../../../ui/Offered";
import { kindOf } from "../blocks";
import { at } from "../blocks/kind";
import { labelOf, wordsOf } from "../frames";
import { addBlock, addSection, LAYOUTS, unlink } from "../moves";
import { blockStyle, sectionStyle, type TemplateStyles } from "../styles";
import { branchOf, order, universalOf, wireOf, type Wire } from "../tree";
import { bare, isSection, kindWordsOf, useAllUniversal, useCreateUniversal, useShowing, useUniversal, type Universal } from "../universal/queries";
import { useDraggable } from "./drag";
import classes from "./Editor.module.css";

/** As it is now, wherever it was linked; until that is known, as it was then. */
export function Drawn({ of, id, styles }: { of: Wire; id: string; styles: TemplateStyles }) {
  const definition = useUniversal(id).data?.data.attributes.definition ?? of;
  if (!isSection(definition)) return <DrawnBlock of={definition} styles={styles} />;
  return (
    <div style={sectionStyle(definition)}>
      {listOf(definition.rows).map((row, number) => {
        const widths = LAYOUTS[String(at(row, "data", "styles", "column_layout"))] ?? [];
        const columns = listOf(row.columns);
        return (
          <div key={number} style={{ display: "grid", gridTemplateColumns: columns.map((_, place) => `minmax(0, ${widths[place] ?? 100 / columns.length}fr)`).join(" ") }}>
            {columns.map((column, place) => (
              <div key={place}>
                {listOf(column.blocks).map((block, nth) => (
                  <DrawnBlock key={nth} of={block} styles={styles} />
                ))}
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}

function DrawnBlock({ of, styles }: { of: Wire; styles: TemplateStyles }) {
  const { View } = kindOf(String(of.type));
  return (
    <div style={blockStyle(of)}>
      <View of={of} styles={styles} />
    </div>
  );
}

const listOf = (value: unknown): Wire[] => (Array.isArray(value) ? (value as Wire[]) : []);

/** All there is, to be dragged or pressed. */
export function UniversalTiles({ root, onAdded }: { root: Key; onAdded: (() => void) | undefined }) {
  const pages = useAllUniversal();
  const rows = rowsOf(pages.data);
  if (!rows || rows.length === 0) return null;
  return (
    <>
      <Text size="xs" fw={600} mt="xs" className={classes.wide}>
        Universal content
      </Text>
      {rows.map(({ id, attributes }) => (
        <Tile key={id} id={id} of={attributes} root={root} onAdded={onAdded} />
      ))}
      <div className={classes.wide}>
        <More pages={pages} />
      </div>
    </>
  );
}

function Tile({ id, of, root, onAdded }: { id: string; of: Universal; root: Key; onAdded: (() => void) | undefined }) {
  const editor = useEditor();
  const ref = useRef<HTMLButtonElement>(null);
  const wire = { ...bare(of.definition), universal_id: id };
  useDraggable(ref, { wire });
  const add = () => {
    const key = newKey();
    const { selected } = editor.store.getState();
    const step = { words: "Add universal content", select: key };
    if (isSection(wire)) editor.run(addSection, { root, selected, branch: branchOf("section", wire), key }, step);
    else editor.run(addBlock, { root, selected, wire, key }, step);
    announce(`${of.name} added.`);
    onAdded?.();
  };
  return (
    <button ref={ref} type="button" className={classes.tile} title={kindWordsOf(of)} onClick={add}>
      <IconLink size={18} aria-hidden />
      <span className={classes.tileName}>{of.name}</span>
    </button>
  );
}

/** Instead of the fields: what is linked is changed where it is kept. */
export function Linked({ of, id }: { of: Key; id: string }) {
  const editor = useEditor();
  const { data, error } = useUniversal(id);
  const content = data?.data.attributes;
  const release = () => {
    const copy = newKey();
    const wire = content ? bare(content.definition) : null;
    editor.run(unlink, { key: of, wire, copy }, { words: "Unlink", select: wire ? copy : of });
    announce("Unlinked: from here on it is this template’s own.");
  };
  if (error)
    return (
      <Alert color="orange" title="Its universal content is gone">
        <Text size="sm">Nothing is shown in its place. Unlink it, and it is again what was kept of it here.</Text>
        <Button size="xs" mt="xs" onClick={release}>
          Unlink
        </Button>
      </Alert>
    );
  return (
    <Stack gap="sm">
      <Text size="sm">
        <IconLink size={15} style={{ verticalAlign: "-2px" }} aria-hidden /> Linked to <b>{content?.name ?? "…"}</b>. It looks the same wherever it is used: <Uses id={id} />.
      </Text>
      <Group gap="xs">
        <Button component={Link} to={`/templates/universal/${id}`} size="xs" variant="default">
          Edit it everywhere
        </Button>
        <Button size="xs" variant="default" leftSection={<IconLinkOff size={15} />} disabled={!content} onClick={release}>
          Unlink
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        Unlinked, it is this template’s own, and changes of the universal content reach it no more.
      </Text>
    </Stack>
  );
}

/** How many templates show it. */
export function Uses({ id }: { id: string }) {
  const { data } = useShowing(id);
  return <>{data ? usesOf(data) : "…"}</>;
}

export function usesOf({ data, links }: { data: readonly unknown[]; links?: { next?: string | null } | undefined }): string {
  if (links?.next) return `more than ${data.length} templates`;
  return data.length === 1 ? "1 template" : `${data.length || "no"} templates`;
}

/** Makes universal content of a node, which is linked to it from then on. */
export function MakeUniversal({ of }: { of: Key }) {
  const editor = useEditor();
  const [name, setName] = useState<string | null>(null);
  const create = useCreateUniversal();
  const documentOf = () => editor.store.getState().document;
  const holdsLinked = useEditorState(({ document }) => document.has(of) && order(document, of).some((key) => universalOf(nodeOf(document, key)) !== null));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const called = (name ?? "").trim();
    if (!called || create.isPending) return;
    const done = ({ data }: { data: { id: string } }) => {
      setName(null);
      editor.run(setField, { key: of, path: ["universal_id"], value: data.id }, { words: "Save as universal content" });
      announce(`${called} is universal content now, and linked here.`);
    };
    create.mutate({ name: called, definition: bare(wireOf(documentOf(), of)) }, { onSuccess: done });
  };
  if (holdsLinked)
    return (
      <Text size="xs" c="dimmed">
        There is linked content in it. Unlink that, and this can be saved as universal content itself.
      </Text>
    );
  return (
    <Offered by="create_universal_content">
      <Button size="xs" variant="default" leftSection={<IconLink size={15} />} onClick={() => setName(wordsOf(documentOf(), of))}>
        Save as universal content …
      </Button>
      <Modal opened={name !== null} onClose={() => setName(null)} title="Save as universal content" centered>
        <form onSubmit={submit}>
          <Stack gap="md">
            <Text size="sm">
              It is kept once and shown by every template that links it. This {labelOf(nodeOf(documentOf(), of)).toLowerCase()} becomes the first.{" "}
              <Anchor component={Link} to="/templates/universal" inherit underline="always">
                See all
              </Anchor>
            </Text>
            <TextInput label="Name" data-autofocus value={name ?? ""} onChange={({ currentTarget }) => setName(currentTarget.value)} error={create.error?.message} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setName(null)}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Save it
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Offered>
  );
}
