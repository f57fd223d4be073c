import { Text } from "@mantine/core";
import { memo, useRef, useState, type CSSProperties, type RefObject } from "react";
import { fieldOf, setField } from "../../../editor/commands";
import { useEditor, useEditorState, useIsSelected, useNode, useSelected } from "../../../editor/context";
import type { Key, Node } from "../../../editor/document";
import { kindOf } from "../blocks";
import { textAt } from "../blocks/kind";
import { wordsOf } from "../frames";
import { LAYOUTS, layoutOf } from "../moves";
import { blockStyle, DEFAULT_WIDTH, fontOf, sectionStyle, sheetOf, spaceOf, stylesOf, widthOf, type TemplateStyles } from "../styles";
import { universalOf, type Whole, type Wire } from "../tree";
import { press } from "./actions";
import { useDraggable, useDropTarget } from "./drag";
import classes from "./Editor.module.css";
import { losesNothing } from "./faithful";
import { RichText } from "./RichText";
import { Drawn } from "./Universal";

interface CanvasProps {
  root: Key;
  /** the block whose text is being written */
  writing: Key | null;
  setWriting: (key: Key | null) => void;
  /** leads to the fields of what is selected */
  onEnter: () => void;
  ref: RefObject<HTMLDivElement | null>;
}

const SCOPE = "rapport-canvas";

export function Canvas({ root, writing, setWriting, onEnter, ref }: CanvasProps) {
  const editor = useEditor();
  const whole = useNode(root)?.data as Whole;
  const sections = useNode(root)?.children ?? [];
  const selected = useSelected();
  const styles = stylesOf(whole);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") {
      const { document } = editor.store.getState();
      event.preventDefault();
      if (selected !== null && canWrite(document.get(selected))) setWriting(selected);
      else onEnter();
    } else if (press(editor, root, event)) event.preventDefault();
  };
  return (
    <div
      ref={ref}
      className={`${classes.canvas} ${SCOPE}`}
      role="application"
      aria-label="Canvas. Arrows go from block to block, Enter edits, Alt and arrows move."
      aria-activedescendant={selected ? `on-canvas-${selected}` : undefined}
      tabIndex={0}
      data-autofocus
      onKeyDown={onKeyDown}
      onClick={({ target, currentTarget }) => target === currentTarget && editor.select(root)}
      style={{ background: textAt(whole.body, "styles", "background_color") || "#ffffff" }}
    >
      <style>{sheetOf(styles, SCOPE)}</style>
      <div className={classes.sheet} style={{ maxWidth: widthOf(whole) || DEFAULT_WIDTH, background: textAt(styles.base, "content_background_color") || undefined, ...spaceOf(styles.base, "inner_padding") }}>
        {sections.map((key) => (
          <Section key={key} of={key} styles={styles} writing={writing} setWriting={setWriting} />
        ))}
        {sections.length === 0 && (
          <Text p="xl" ta="center" c="dimmed" size="sm">
            Nothing here yet. Choose a block or a section to add.
          </Text>
        )}
      </div>
    </div>
  );
}

function canWrite(node: Node | undefined): boolean {
  const path = node && universalOf(node) === null ? kindOf(node.kind).rich : undefined;
  return path !== undefined && losesNothing(String(fieldOf(node?.data, path) ?? ""));
}

interface PartProps {
  of: Key;
  styles: TemplateStyles;
  writing: Key | null;
  setWriting: (key: Key | null) => void;
}

function Section({ of, ...rest }: PartProps) {
  const editor = useEditor();
  const node = useNode(of);
  const isSelected = useIsSelected(of);
  const ref = useRef<HTMLDivElement>(null);
  const edge = useDropTarget(ref, editor, of);
  const words = useEditorState(({ document }) => (document.has(of) ? wordsOf(document, of) : ""));
  if (!node) return null;
  const universal = universalOf(node);
  return (
    <div
      ref={ref}
      id={`on-canvas-${of}`}
      className={classes.section}
      {...(universal === null ? {} : { role: "group", "aria-label": words, "data-linked": true })}
      data-selected={isSelected || undefined}
      data-edge={edge ?? undefined}
      style={universal === null ? sectionStyle(node.data as Wire) : {}}
      onClick={(event) => {
        event.stopPropagation();
        editor.select(of);
      }}
    >
      {universal !== null ? (
        <Drawn of={node.data as Wire} id={universal} styles={rest.styles} />
      ) : (
        node.children.map((row) => <Row key={row} {...rest} of={row} />)
      )}
    </div>
  );
}

function Row({ of, ...rest }: PartProps) {
  const node = useNode(of);
  const layout = useEditorState(({ document }) => (document.has(of) ? layoutOf(document, of) : ""));
  if (!node) return null;
  const widths = LAYOUTS[layout] ?? [];
  const template = node.children.map((_, at) => `minmax(0, ${widths[at] ?? 100 / node.children.length}fr)`).join(" ");
  return (
    <div style={{ display: "grid", gridTemplateColumns: template }}>
      {node.children.map((column) => (
        <Column key={column} {...rest} of={column} />
      ))}
    </div>
  );
}

function Column({ of, ...rest }: PartProps) {
  const editor = useEditor();
  const node = useNode(of);
  const isSelected = useIsSelected(of);
  const ref = useRef<HTMLDivElement>(null);
  const edge = useDropTarget(ref, editor, of);
  if (!node) return null;
  const isEmpty = node.children.length === 0;
  return (
    <div
      ref={ref}
      id={`on-canvas-${of}`}
      className={classes.column}
      data-selected={isSelected || undefined}
      data-edge={edge ?? undefined}
      onClick={
        isEmpty
          ? (event) => {
              event.stopPropagation();
              editor.select(of);
            }
          : undefined
      }
    >
      {node.children.map((block) => (
        <Block key={block} {...rest} of={block} />
      ))}
      {isEmpty && <div className={classes.empty}>Empty: add a block here</div>}
    </div>
  );
}

const Block = memo(function Block({ of, styles, writing, setWriting }: PartProps) {
  const editor = useEditor();
  const node = useNode(of);
  const isSelected = useIsSelected(of);
  const ref = useRef<HTMLDivElement>(null);
  const [clicked, setClicked] = useState<{ left: number; top: number } | null>(null);
  const isWriting = writing === of && isSelected;
  const isDragged = useDraggable(ref, { key: of }, !isWriting);
  const edge = useDropTarget(ref, editor, of);
  if (!node) return null;
  const kind = kindOf(node.kind);
  const data = node.data as Wire;
  const universal = universalOf(node);
  return (
    <div
      ref={ref}
      id={`on-canvas-${of}`}
      role="group"
      data-linked={universal !== null || undefined}
      aria-label={wordsOf(editor.store.getState().document, of)}
      className={classes.block}
      data-selected={isSelected || undefined}
      data-dragged={isDragged || undefined}
      data-edge={edge ?? undefined}
      style={universal === null ? blockStyle(data) : {}}
      onClick={(event) => {
        event.stopPropagation();
        // within the text that is written, the click is its own
        if (isWriting) return;
        setClicked({ left: event.clientX, top: event.clientY });
        editor.select(of);
        setWriting(canWrite(node) ? of : null);
      }}
    >
      {universal !== null ? (
        <Drawn of={data} id={universal} styles={styles} />
      ) : isWriting && kind.rich ? (
        <RichText
          at={clicked}
          html={String(fieldOf(data, kind.rich) ?? "")}
          style={richStyle(data, styles)}
          onChange={(value) => editor.run(setField, { key: of, path: kind.rich as string[], value }, { words: "Write", merge: `${of}/rich` })}
          onLeave={() => {
            setWriting(null);
            setClicked(null);
            document.querySelector<HTMLElement>(`.${SCOPE}`)?.focus();
          }}
        />
      ) : (
        <kind.View of={data} styles={styles} />
      )}
    </div>
  );
});

function richStyle(data: Wire, styles: TemplateStyles): CSSProperties {
  const own = (data.data as Wire | undefined)?.styles;
  return { ...fontOf(styles.text), ...fontOf(own), ...spaceOf(own, "inner_padding") };
}
