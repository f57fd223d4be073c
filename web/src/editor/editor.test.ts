import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { branchOf, duplicate, fieldOf, insert, move, remove, setField, together } from "./commands";
import { apply, difference, inverse, isSame, joined, newKey, overlap, within } from "./document";
import { createEditor, PAUSE_MS } from "./editor";
import type { Document, Key, Node } from "./document";
import type { Editor } from "./editor";

const ROOT = "root";

function start(): Document {
  const node = (parent: Key | null, children: Key[], data: unknown): Node => ({ kind: "part", parent, children, data });
  return new Map([
    [ROOT, node(null, ["a", "b"], {})],
    ["a", node(ROOT, ["c"], { text: "one" })],
    ["b", node(ROOT, [], { text: "two" })],
    ["c", node("a", [], { text: "three", style: { color: "red" } })],
  ]);
}

/** Everybody is where their parent says, once; nobody lies in themselves. */
function expectWhole(document: Document): void {
  expect(new Set(within(document, ROOT)).size).toBe(document.size);
  for (const [key, node] of document) {
    for (const child of node.children) expect(document.get(child)?.parent).toBe(key);
  }
}

const words = { words: "Edit" };

type Act = (editor: Editor, pick: (place: number) => Key) => void;

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.nat(9), fc.nat(4)).map(([into, at]): Act => (editor, pick) => {
    const branch = { kind: "part", data: {}, children: [{ kind: "part", data: { text: "in" }, children: [] }] };
    editor.run(insert, { into: pick(into), at, branch, key: newKey() }, words);
  }),
  fc.tuple(fc.nat(9), fc.nat(9), fc.nat(4)).map(([key, into, at]): Act => (editor, pick) => {
    editor.run(move, { key: pick(key), into: pick(into), at }, words);
  }),
  fc.nat(9).map((key): Act => (editor, pick) => {
    if (pick(key) !== ROOT) editor.run(remove, { key: pick(key) }, words);
  }),
  fc.nat(9).map((key): Act => (editor, pick) => {
    editor.run(duplicate, { key: pick(key), copy: newKey() }, words);
  }),
  fc.tuple(fc.nat(9), fc.string(), fc.boolean()).map(([key, value, typed]): Act => (editor, pick) => {
    editor.run(setField, { key: pick(key), path: ["text"], value }, typed ? { ...words, merge: "text" } : words);
  }),
  fc.tuple(fc.nat(9), fc.nat(9), fc.boolean()).map(([key, into, kept]): Act => (editor, pick) => {
    const gesture = editor.gesture("Drag");
    gesture.run(move, { key: pick(key), into: pick(into), at: 0 });
    gesture.run(move, { key: pick(key), into: pick(into), at: 1 });
    if (kept) gesture.keep();
    else gesture.cancel();
  }),
);

function after(list: readonly Act[], editor: Editor): Document {
  for (const act of list) {
    const keys = [...editor.store.getState().document.keys()];
    act(editor, (place) => keys[place % keys.length] as Key);
    expectWhole(editor.store.getState().document);
  }
  return editor.store.getState().document;
}

describe("any series of edits", () => {
  it("is taken back to the start and done again to the end", () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 12 }), (list) => {
        const begin = start();
        const editor = createEditor(begin, () => 0);
        const end = after(list, editor);
        while (editor.undo() !== null) expectWhole(editor.store.getState().document);
        expect(isSame(editor.store.getState().document, begin)).toBe(true);
        while (editor.redo() !== null) expectWhole(editor.store.getState().document);
        expect(isSame(editor.store.getState().document, end)).toBe(true);
      }),
    );
  });

  it("is one change from the start to the end", () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 8 }), (list) => {
        const begin = start();
        const end = after(list, createEditor(begin, () => 0));
        const change = difference(begin, end);
        expect(isSame(apply(begin, change), end)).toBe(true);
        expect(isSame(apply(end, inverse(change)), begin)).toBe(true);
        expect(joined(change, inverse(change)).size).toBe(0);
      }),
    );
  });

  it("joins with another that touches none of the same, in either order", () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 5 }), fc.array(acts, { maxLength: 5 }), (mine, theirs) => {
        const begin = start();
        const first = difference(begin, after(mine, createEditor(begin, () => 0)));
        const second = difference(begin, after(theirs, createEditor(begin, () => 0)));
        fc.pre(!overlap(first, second));
        expect(isSame(apply(apply(begin, first), second), apply(apply(begin, second), first))).toBe(true);
      }),
    );
  });
});

describe("steps", () => {
  const typed = (key: Key, value: string) => ({ key, path: ["text"], value });

  it("are joined while somebody types, and not after a pause", () => {
    let now = 0;
    const editor = createEditor(start(), () => now);
    for (const value of ["t", "ty", "typ"]) {
      now += PAUSE_MS / 2;
      editor.run(setField, typed("a", value), { words: "Type", merge: "a.text" });
    }
    expect(editor.store.getState().past).toHaveLength(1);
    now += PAUSE_MS;
    editor.run(setField, typed("a", "typed"), { words: "Type", merge: "a.text" });
    editor.run(setField, typed("b", "other"), { words: "Type", merge: "b.text" });
    expect(editor.store.getState().past).toHaveLength(3);
    editor.undo();
    editor.undo();
    expect(fieldOf(editor.store.getState().document.get("a")?.data, ["text"])).toBe("typ");
  });

  it("of a command that changes nothing are none, and keep what can be redone", () => {
    const editor = createEditor(start());
    editor.run(setField, typed("a", "new"), words);
    editor.undo();
    editor.run(setField, typed("a", "one"), words);
    editor.run(move, { key: "a", into: ROOT, at: 0 }, words);
    editor.run(move, { key: "a", into: "c", at: 0 }, words);
    expect(editor.redo()).toBe("Edit");
  });

  it("bring back what was selected", () => {
    const editor = createEditor(start());
    editor.select("c");
    editor.run(remove, { key: "a" }, { words: "Delete", select: "b" });
    expect(editor.store.getState().selected).toBe("b");
    editor.undo();
    expect(editor.store.getState().selected).toBe("c");
    editor.redo();
    expect(editor.store.getState().selected).toBe("b");
  });

  it("of a drag are one, or none when it is cancelled", () => {
    const editor = createEditor(start());
    const drag = editor.gesture("Move");
    drag.run(move, { key: "b", into: "a", at: 0 });
    drag.run(move, { key: "b", into: "a", at: 2 });
    drag.cancel();
    drag.run(move, { key: "b", into: "a", at: 0 });
    expect(isSame(editor.store.getState().document, start())).toBe(false);
    expect(editor.store.getState().document.get(ROOT)?.children).toEqual(["a", "b"]);
    expect(editor.store.getState().past).toHaveLength(0);
  });

  it("draw nothing anew but what they change", () => {
    const editor = createEditor(start());
    const before = editor.store.getState().document;
    editor.run(setField, { key: "c", path: ["style", "color"], value: "blue" }, words);
    const now = editor.store.getState().document;
    expect([...now].filter(([key, node]) => before.get(key) !== node).map(([key]) => key)).toEqual(["c"]);
  });
});

it("moves within one parent to the place that is pointed at", () => {
  const three: Document = apply(start(), insert(start(), {
    into: ROOT, at: 2, branch: { kind: "part", data: {}, children: [] }, key: "d",
  }));
  const order = (key: Key, at: number) => apply(three, move(three, { key, into: ROOT, at })).get(ROOT)?.children;
  expect(order("a", 2)).toEqual(["b", "a", "d"]);
  expect(order("d", 0)).toEqual(["d", "a", "b"]);
  expect(order("a", 9)).toEqual(["b", "d", "a"]);
});

it("copies a branch with keys of its own", () => {
  const copied = apply(start(), duplicate(start(), { key: "a", copy: "copy" }));
  expect(branchOf(copied, "copy")).toEqual(branchOf(copied, "a"));
  expect(copied.get(ROOT)?.children).toEqual(["a", "copy", "b"]);
});

it("runs several commands as one", () => {
  const change = together(
    start(),
    (document) => remove(document, { key: "b" }),
    (document) => move(document, { key: "c", into: ROOT, at: 0 }),
  );
  expect(apply(start(), change).get(ROOT)?.children).toEqual(["c", "a"]);
});

it("takes fields away, and changes items of lists", () => {
  const change = setField(start(), { key: "c", path: ["style", "color"], value: undefined });
  expect(change.get("c")?.[1]?.data).toEqual({ text: "three", style: {} });
  expect(setField(start(), { key: "c", path: ["style", "size"], value: undefined }).size).toBe(0);
});
