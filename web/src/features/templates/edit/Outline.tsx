import { useEffect, useRef } from "react";
import { useEditor, useEditorState, useSelected } from "../../../editor/context";
import type { Key } from "../../../editor/document";
import { NodeIcon, wordsOf } from "../frames";
import { linesOf, press, type Line } from "./actions";
import classes from "./Editor.module.css";

/** The same template as a tree: what screen readers and phones edit. */
export function Outline({ root, onEnter }: { root: Key; onEnter: () => void }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const selected = useSelected() ?? root;
  const tree = useRef<HTMLDivElement>(null);
  // focus goes along where it was in the tree
  useEffect(() => {
    if (tree.current?.contains(window.document.activeElement)) window.document.getElementById(`in-outline-${selected}`)?.focus();
  }, [selected, document]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      onEnter();
    } else if (press(editor, root, event)) event.preventDefault();
  };
  return (
    <div ref={tree} role="tree" aria-label="Outline" className={classes.outline} onKeyDown={onKeyDown}>
      {linesOf(document, root).map((line) => (
        <Item key={line.key} line={line} isSelected={line.key === selected} onClick={() => editor.select(line.key)} />
      ))}
    </div>
  );
}

function Item({ line: { key, level }, isSelected, onClick }: { line: Line; isSelected: boolean; onClick: () => void }) {
  const node = useEditorState(({ document }) => document.get(key));
  const words = useEditorState(({ document }) => (document.has(key) ? wordsOf(document, key) : ""));
  if (!node) return null;
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
      <NodeIcon of={node} size={15} />
      <span>{words}</span>
    </div>
  );
}
