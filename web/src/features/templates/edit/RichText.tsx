/** The one text that is being written, on the canvas itself. Its own undo is off: the editor has one for all. */

import { ActionIcon, Group, Menu, Popover, TextInput, Button, Tooltip } from "@mantine/core";
import {
  IconAlignCenter, IconAlignLeft, IconAlignRight, IconBold, IconBraces, IconH1, IconH2, IconItalic, IconLink, IconList, IconListNumbers, IconPilcrow, IconUnderline,
  type Icon,
} from "@tabler/icons-react";
import { EditorContent, useEditor as useTiptap, type Editor as Tiptap } from "@tiptap/react";
import { Selection } from "@tiptap/pm/state";
import { useLayoutEffect, useState, type CSSProperties } from "react";
import classes from "./Editor.module.css";
import { EXTENSIONS } from "./extensions";
import { usePersonal } from "./personal";
import { fromTags, toTags } from "./tags";

interface RichTextProps {
  html: string;
  onChange: (html: string) => void;
  onLeave: () => void;
  /** where the text was clicked, in pixels of the window; its end where it was not */
  at: { left: number; top: number } | null;
  style: CSSProperties;
}

export function RichText({ html, onChange, onLeave, at, style }: RichTextProps) {
  const tiptap = useTiptap({
    extensions: EXTENSIONS,
    content: toTags(html),
    editorProps: {
      attributes: { class: classes.rich ?? "", "aria-label": "Text of the block", role: "textbox", "aria-multiline": "true" },
      handleKeyDown: (_, event) => {
        if (event.key !== "Escape") return false;
        onLeave();
        return true;
      },
    },
    onUpdate: ({ editor }) => onChange(fromTags(editor.getHTML())),
  });
  // at once: what is typed right after the click or key belongs here
  useLayoutEffect(() => {
    if (!tiptap) return;
    const { view, state } = tiptap;
    const place = (at && view.posAtCoords(at)?.pos) ?? state.doc.content.size;
    view.dispatch(state.tr.setSelection(Selection.near(state.doc.resolve(place), -1)));
    view.focus();
  }, [tiptap, at]);
  return (
    <div onKeyDown={(event) => event.stopPropagation()}>
      {tiptap && <Tools tiptap={tiptap} />}
      <EditorContent editor={tiptap} style={style} />
    </div>
  );
}

interface Tool {
  words: string;
  icon: Icon;
  is: (tiptap: Tiptap) => boolean;
  run: (tiptap: Tiptap) => void;
}

const TOOLS: readonly Tool[] = [
  { words: "Bold", icon: IconBold, is: (it) => it.isActive("bold"), run: (it) => it.chain().focus().toggleBold().run() },
  { words: "Italic", icon: IconItalic, is: (it) => it.isActive("italic"), run: (it) => it.chain().focus().toggleItalic().run() },
  { words: "Underline", icon: IconUnderline, is: (it) => it.isActive("underline"), run: (it) => it.chain().focus().toggleUnderline().run() },
  { words: "Paragraph", icon: IconPilcrow, is: (it) => it.isActive("paragraph"), run: (it) => it.chain().focus().setParagraph().run() },
  { words: "Heading 1", icon: IconH1, is: (it) => it.isActive("heading", { level: 1 }), run: (it) => it.chain().focus().toggleHeading({ level: 1 }).run() },
  { words: "Heading 2", icon: IconH2, is: (it) => it.isActive("heading", { level: 2 }), run: (it) => it.chain().focus().toggleHeading({ level: 2 }).run() },
  { words: "List", icon: IconList, is: (it) => it.isActive("bulletList"), run: (it) => it.chain().focus().toggleBulletList().run() },
  { words: "Numbered list", icon: IconListNumbers, is: (it) => it.isActive("orderedList"), run: (it) => it.chain().focus().toggleOrderedList().run() },
  { words: "Left", icon: IconAlignLeft, is: (it) => it.isActive({ textAlign: "left" }), run: (it) => it.chain().focus().setTextAlign("left").run() },
  { words: "Centre", icon: IconAlignCenter, is: (it) => it.isActive({ textAlign: "center" }), run: (it) => it.chain().focus().setTextAlign("center").run() },
  { words: "Right", icon: IconAlignRight, is: (it) => it.isActive({ textAlign: "right" }), run: (it) => it.chain().focus().setTextAlign("right").run() },
];

function Tools({ tiptap }: { tiptap: Tiptap }) {
  return (
    <Group gap={2} className={classes.tools} role="toolbar" aria-label="Text">
      {TOOLS.map(({ words, icon: Icon, is, run }) => (
        <Tooltip key={words} label={words}>
          <ActionIcon variant={is(tiptap) ? "filled" : "subtle"} color="gray" size="md" aria-label={words} aria-pressed={is(tiptap)} onMouseDown={(event) => event.preventDefault()} onClick={() => run(tiptap)}>
            <Icon size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
      <LinkTool tiptap={tiptap} />
      <PersonalTool onChoose={(code) => tiptap.chain().focus().insertContent({ type: "tag", attrs: { code } }).run()} />
    </Group>
  );
}

function LinkTool({ tiptap }: { tiptap: Tiptap }) {
  const [opened, setOpened] = useState(false);
  const [address, setAddress] = useState("");
  const open = () => {
    setAddress(String(tiptap.getAttributes("link").href ?? ""));
    setOpened(true);
  };
  const set = () => {
    const chain = tiptap.chain().focus().extendMarkRange("link");
    if (!address.trim()) chain.unsetLink().run();
    else if (tiptap.state.selection.empty && !tiptap.isActive("link")) chain.insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] }).run();
    else chain.setLink({ href: address.trim() }).run();
    setOpened(false);
  };
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus withinPortal={false} position="bottom-start">
      <Popover.Target>
        <Tooltip label="Link">
          <ActionIcon variant={tiptap.isActive("link") ? "filled" : "subtle"} color="gray" size="md" aria-label="Link" aria-expanded={opened} onMouseDown={(event) => event.preventDefault()} onClick={open}>
            <IconLink size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <TextInput
          label="Leads to"
          placeholder="https://"
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            set();
          }}
        />
        <Button size="xs" mt="xs" onClick={set}>
          Set the link
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

/** What is known of the person, to be put into a text. */
export function PersonalTool({ onChoose }: { onChoose: (code: string) => void }) {
  const groups = usePersonal();
  return (
    <Menu withinPortal={false} position="bottom-start">
      <Menu.Target>
        <Tooltip label="Something personal">
          <ActionIcon variant="subtle" color="gray" size="md" aria-label="Something personal" onMouseDown={(event) => event.preventDefault()}>
            <IconBraces size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
        {groups.map(({ title, items }) => (
          <div key={title}>
            <Menu.Label>{title}</Menu.Label>
            {items.map(({ words, code }) => (
              <Menu.Item key={code} onClick={() => onChoose(code)}>
                {words}
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
