import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEditor } from "../../../editor/editor";
import { isSame, newKey, within, type Document, type Key } from "../../../editor/document";
import { isSplit, isStep, nameOf, read, write, type Wire } from "../tree";
import { cloneStep, insertStep, moveStep, pathsFor, removeStep, step } from "./moves";

const EMPTY: Wire = { triggers: [{ type: "metric", id: null }], actions: [], entry_action_id: null };
const typesOf = (document: Document, keys: readonly Key[]) => keys.map((key) => document.get(key)?.kind);

describe("steps", () => {
  it("behind a new split go its first way", () => {
    const { document, root } = read("Flow", EMPTY);
    const editor = createEditor(document);
    const add = (type: string, at: number, into = root) => {
      const key = newKey();
      editor.run(insertStep, { into, at, type, key }, { words: "Add" });
      return key;
    };
    add("time-delay", 0);
    add("send-email", 1);
    const split = add("conditional-split", 1);
    const now = editor.store.getState().document;
    const [yes, no] = now.get(split)?.children ?? [];
    expect(typesOf(now, now.get(root)?.children ?? [])).toEqual(["time-delay", "conditional-split"]);
    expect([typesOf(now, now.get(yes ?? "")?.children ?? []), now.get(no ?? "")?.children]).toEqual([["send-email"], []]);
    editor.run(removeStep, { key: split, keep: yes }, { words: "Delete" });
    const then = editor.store.getState().document;
    expect(typesOf(then, then.get(root)?.children ?? [])).toEqual(["time-delay", "send-email"]);
  });

  it("behind the end of the way that stays go with the split", () => {
    const { document, root } = read("Flow", {
      ...EMPTY,
      actions: [
        { id: "1", type: "conditional-split", links: { next_if_true: "2", next_if_false: null }, data: {} },
        { id: "2", type: "send-email", links: { next: null } },
      ],
      entry_action_id: "1",
    });
    const editor = createEditor(document);
    const split = document.get(root)?.children[0] ?? "";
    editor.run(removeStep, { key: split, keep: document.get(split)?.children[1] }, { words: "Delete" });
    expect(write(editor.store.getState().document, root).definition.actions).toEqual([]);
  });

  it("are copied under names of their own", () => {
    const { document, root } = read("Flow", {
      ...EMPTY,
      actions: [{ id: "1", type: "send-webhook", links: { next: null }, data: { message: { id: "abc", url: "https://x.example" } } }],
      entry_action_id: "1",
    });
    const editor = createEditor(document);
    editor.run(cloneStep, { key: document.get(root)?.children[0] ?? "", copy: newKey() }, { words: "Copy" });
    const [first, second] = write(editor.store.getState().document, root).definition.actions as Wire[];
    expect(first?.links).toEqual({ next: second?.temporary_id });
    expect(second).toMatchObject({ type: "send-webhook", data: { message: { url: "https://x.example" } } });
    expect([second?.id, (second?.data as Wire & { message: Wire }).message.id]).toEqual([undefined, undefined]);
  });
});

const TYPES = ["time-delay", "send-email", "conditional-split", "update-profile", "multi-branch-split"];

it("any series of changes is a flow whose links hold, and can be taken back", () => {
  const act = fc.record({ what: fc.constantFrom("add", "add", "remove", "keep", "clone", "up", "down", "to"), at: fc.nat(30), place: fc.nat(5), type: fc.constantFrom(...TYPES) });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 14 }), (acts) => {
      const { document, root } = read("Flow", EMPTY);
      const editor = createEditor(document, () => 0);
      for (const { what, at, place, type } of acts) {
        const now = editor.store.getState().document;
        const keys = within(now, root);
        const steps = keys.filter((key) => isStep(now.get(key) as never));
        const paths = keys.filter((key) => ["flow", "exit"].includes(now.get(key)?.kind ?? ""));
        const key = steps[at % Math.max(1, steps.length)];
        if (what === "add") editor.run(insertStep, { into: paths[at % paths.length] as Key, at: place, type, key: newKey() }, { words: what });
        else if (key === undefined) continue;
        else if (what === "remove" || !isSplit(now.get(key)?.kind ?? "") && what === "keep") editor.run(removeStep, { key }, { words: what });
        else if (what === "keep") editor.run(removeStep, { key, keep: now.get(key)?.children[place % 2] }, { words: what });
        else if (what === "clone") editor.run(cloneStep, { key, copy: newKey() }, { words: what });
        else {
          const into = what === "to" ? pathsFor(now, root, key)[place] : undefined;
          const where = what === "to" ? into && { into, at: place } : step(now, key, what === "up" ? -1 : 1);
          if (where) editor.run(moveStep, { key, ...where }, { words: what });
        }
        const after = editor.store.getState().document;
        const { definition } = write(after, root);
        const names = new Set((definition.actions as Wire[]).map(nameOf));
        expect(names.size).toBe(within(after, root).filter((each) => isStep(after.get(each) as never)).length);
        const again = read("Flow", definition);
        // what is written is read and written the same, and every step is reached
        expect(write(again.document, again.root).definition).toEqual(definition);
      }
      while (editor.undo() !== null);
      expect(isSame(editor.store.getState().document, document)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
