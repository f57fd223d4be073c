import { createElement, useEffect, useMemo, useRef, type ReactNode } from "react";
import { IconArrowRight, IconCornerDownRight, IconFlag } from "@tabler/icons-react";
import { useEditor, useEditorState, useSelected } from "../../../editor/context";
import type { Document, Key } from "../../../editor/document";
import { useNamesIn } from "../names";
import { kindOf } from "../steps";
import type { NameOf } from "../steps/kind";
import { triggerOf } from "../triggers";
import { END, EXIT, FLOW, GOTO, isStep } from "../tree";
import { linesOf, press, type Line } from "./actions";
import classes from "./Editor.module.css";
import { triggerIn } from "./whole";
import { dataOf, gapsOf, wordsOf } from "./words";

interface OutlineProps {
  root: Key;
  onEnter: () => void;
  /** which way of a split stays */
  ask: (key: Key) => void;
}

/** The same flow as a tree: what screen readers and phones edit. */
export function Outline({ root, onEnter, ask }: OutlineProps) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const selected = useSelected() ?? root;
  const steps = useMemo(() => [...document.values()].filter(isStep).map((node) => ({ type: node.kind, data: dataOf(node) })), [document]);
  const nameOf = useNamesIn(steps);
  const tree = useRef<HTMLDivElement>(null);
  // focus goes along where it was in the tree
  useEffect(() => {
    if (tree.current?.contains(window.document.activeElement)) window.document.getElementById(`in-outline-${selected}`)?.focus();
  }, [selected, document]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      onEnter();
    } else if (press(editor, root, event, ask)) event.preventDefault();
  };
  return (
    <div ref={tree} role="tree" aria-label="Outline" className={classes.outline} onKeyDown={onKeyDown}>
      {linesOf(document, root).map((line) => (
        <Item key={line.key} line={line} document={document} nameOf={nameOf} isSelected={line.key === selected} onClick={() => editor.select(line.key)} />
      ))}
    </div>
  );
}

function iconOf(document: Document, key: Key): ReactNode {
  const kind = document.get(key)?.kind ?? "";
  if (kind === FLOW) return createElement(triggerOf(triggerIn(document, key)).icon, { size: 15 });
  if (kind === EXIT) return <IconCornerDownRight size={15} />;
  if (kind === END) return <IconFlag size={15} />;
  return kind === GOTO ? <IconArrowRight size={15} /> : createElement(kindOf(kind).icon, { size: 15 });
}

interface ItemProps {
  line: Line;
  document: Document;
  nameOf: NameOf;
  isSelected: boolean;
  onClick: () => void;
}

function Item({ line: { key, level }, document, nameOf, isSelected, onClick }: ItemProps) {
  const missing = gapsOf(document, key).length;
  return (
    <div
      id={`in-outline-${key}`}
      role="treeitem"
      aria-level={level}
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      className={classes.line}
      style={{ paddingLeft: 8 + (level - 1) * 14 }}
      onClick={onClick}
    >
      {iconOf(document, key)}
      <span>{wordsOf(document, key, nameOf)}</span>
      {missing > 0 && <span className={classes.mark} role="img" aria-label="Something is missing" />}
    </div>
  );
}
