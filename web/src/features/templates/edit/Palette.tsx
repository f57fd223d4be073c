import { Text } from "@mantine/core";
import { useRef } from "react";
import { useEditor } from "../../../editor/context";
import { newKey, type Key } from "../../../editor/document";
import { announce } from "../../../ui/announce";
import { BLOCKS } from "../blocks";
import type { Kind } from "../blocks/kind";
import { addBlock, addSection, LAYOUTS, sectionOf } from "../moves";
import { useDraggable } from "./drag";
import type { Scope } from "./Editor";
import { UniversalTiles } from "./Universal";
import classes from "./Editor.module.css";

const LAYOUT_WORDS: readonly (readonly [layout: string, words: string])[] = [
  ["1-column-full-width", "One column"],
  ["2-columns-equal-width", "Two columns"],
  ["2-columns-33%-67%", "Narrow, wide"],
  ["2-columns-67%-33%", "Wide, narrow"],
  ["3-columns-equal-width", "Three columns"],
  ["4-columns-equal-width", "Four columns"],
];

interface PaletteProps {
  root: Key;
  onAdded: (() => void) | undefined;
  /** what is edited: of universal content only the one thing */
  scope: Scope;
}

/** What can be added: dragged to its place, or pressed, which puts it after what is selected. */
export function Palette({ root, onAdded, scope }: PaletteProps) {
  const offered = Object.entries(BLOCKS).filter(([, kind]) => kind.offered);
  if (scope === "block")
    return (
      <Text size="xs" c="dimmed">
        This universal content is one block. To have several together, make one of a section.
      </Text>
    );
  return (
    <div className={classes.palette}>
      <Text size="xs" c="dimmed" className={classes.wide}>
        Drag a block to its place, or press it to put it after what is selected.
      </Text>
      {offered.map(([type, kind]) => (
        <BlockButton key={type} type={type} kind={kind} root={root} onAdded={onAdded} />
      ))}
      {scope === "template" && (
        <>
          <Text size="xs" fw={600} mt="xs" className={classes.wide}>
            Sections
          </Text>
          {LAYOUT_WORDS.map(([layout, words]) => (
            <LayoutButton key={layout} layout={layout} words={words} root={root} onAdded={onAdded} />
          ))}
          <UniversalTiles root={root} onAdded={onAdded} />
        </>
      )}
    </div>
  );
}

function BlockButton({ type, kind, root, onAdded }: { type: string; kind: Kind; root: Key; onAdded: (() => void) | undefined }) {
  const editor = useEditor();
  const ref = useRef<HTMLButtonElement>(null);
  useDraggable(ref, { kind: type });
  const Icon = kind.icon;
  const add = () => {
    const key = newKey();
    const { selected } = editor.store.getState();
    editor.run(addBlock, { root, selected, wire: kind.start(), key }, { words: `Add ${kind.label.toLowerCase()}`, select: key });
    announce(`${kind.label} added.`);
    onAdded?.();
  };
  return (
    <button ref={ref} type="button" className={classes.tile} title={kind.about} onClick={add}>
      <Icon size={18} aria-hidden />
      {kind.label}
    </button>
  );
}

function LayoutButton({ layout, words, root, onAdded }: { layout: string; words: string; root: Key; onAdded: (() => void) | undefined }) {
  const editor = useEditor();
  const ref = useRef<HTMLButtonElement>(null);
  useDraggable(ref, { layout });
  const add = () => {
    const key = newKey();
    const { selected } = editor.store.getState();
    editor.run(addSection, { root, selected, branch: sectionOf(layout), key }, { words: "Add section", select: key });
    announce(`Section with ${words.toLowerCase()} added.`);
    onAdded?.();
  };
  return (
    <button ref={ref} type="button" className={classes.tile} onClick={add}>
      <span className={classes.layout} aria-hidden>
        {LAYOUTS[layout]?.map((width, at) => (
          <span key={at} style={{ flexGrow: width }} />
        ))}
      </span>
      {words}
    </button>
  );
}
