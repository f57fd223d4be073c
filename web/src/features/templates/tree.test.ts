import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, inverse } from "../../editor/document";
import { move, remove } from "../../editor/commands";
import { addBlock, addSection, LAYOUTS, sectionOf, setLayout, spots, step } from "./moves";
import { isBlock, keyAt, order, read, write, type Wire } from "./tree";

const text = (content: string): Wire => ({ id: `b-${content}`, content_type: "block", type: "text", data: { content, display_options: {}, styles: {} } });

const block = fc.oneof(
  fc.string({ maxLength: 5 }).map(text),
  // of another version of the API
  fc.record({ content_type: fc.constant("block"), type: fc.constant("hologram"), data: fc.dictionary(fc.string({ maxLength: 4 }), fc.integer()) }),
);
const column = fc.record({ data: fc.constant({}), blocks: fc.array(block, { maxLength: 3 }) });
const row = fc.constantFrom(...Object.keys(LAYOUTS)).chain((layout) =>
  fc.array(column, { minLength: LAYOUTS[layout]?.length ?? 1, maxLength: LAYOUTS[layout]?.length ?? 1 }).map((columns) => ({ id: "r", data: { styles: { column_layout: layout } }, columns })),
);
const section = fc.record({ content_type: fc.constant("section"), type: fc.constant("section"), data: fc.constant({ styles: {} }), rows: fc.array(row, { minLength: 1, maxLength: 2 }) });
const definition = fc.record({
  id: fc.string({ maxLength: 3 }),
  body: fc.record({ properties: fc.constant({}), styles: fc.constant({ width: 600 }), sections: fc.array(section, { maxLength: 3 }) }),
  styles: fc.constant([{ style_type: "text-styles", styles: { color: "#222222" } }]),
});

const blocksOf = (wire: Wire) => JSON.stringify(wire).match(/"content_type":"block"/g)?.length ?? 0;

describe("a definition", () => {
  test("is written as it was read, to the letter", () => {
    fc.assert(
      fc.property(definition, (given) => {
        const { document, root } = read("Name", given);
        const { name, definition: again } = write(document, root);
        expect(name).toBe("Name");
        expect(JSON.stringify(again)).toBe(JSON.stringify(given));
      }),
      { numRuns: 50 },
    );
  });

  test("keeps what is left out left out", () => {
    const bare = { body: { styles: {} }, styles: [] };
    const { document, root } = read("Bare", bare);
    expect(write(document, root).definition).toEqual(bare);
  });

  test("tells whose place a pointer is", () => {
    const { document, root } = read("", { body: { sections: [{ type: "section", rows: [{ columns: [{ blocks: [text("one"), text("two")] }] }] }] } });
    const written = write(document, root);
    const two = order(document, root).filter((key) => isBlock(document, key))[1];
    expect(keyAt(written, "/body/sections/0/rows/0/columns/0/blocks/1/data/content")).toBe(two);
    expect(keyAt(written, "/styles/3")).toBe(root);
  });
});

describe("moves", () => {
  test("a block goes step by step through every column, and no other is lost", () => {
    fc.assert(
      fc.property(definition, fc.array(fc.constantFrom(-1 as const, 1 as const), { maxLength: 12 }), (given, steps) => {
        const tree = read("", given);
        let document = tree.document;
        const first = order(document, tree.root).find((key) => isBlock(document, key));
        fc.pre(first !== undefined);
        const before = blocksOf(given);
        for (const by of steps) {
          const place = step(document, tree.root, first as string, by);
          if (place) document = apply(document, move(document, { key: first as string, ...place }));
        }
        expect(blocksOf(write(document, tree.root).definition)).toBe(before);
      }),
      { numRuns: 50 },
    );
  });

  test("fewer columns lose no block, and undoing gives the columns back", () => {
    fc.assert(
      fc.property(definition, fc.constantFrom(...Object.keys(LAYOUTS)), (given, layout) => {
        const { document, root } = read("", given);
        const found = order(document, root).find((key) => document.get(key)?.kind === "row");
        fc.pre(found !== undefined);
        const change = setLayout(document, { key: found as string, layout });
        const after = apply(document, change);
        expect(blocksOf(write(after, root).definition)).toBe(blocksOf(given));
        expect(after.get(found as string)?.children.length).toBe(LAYOUTS[layout]?.length);
        expect(write(apply(after, inverse(change)), root).definition).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test("into an empty template a block comes with a section around it", () => {
    const { document, root } = read("", { body: { sections: [] }, styles: [] });
    const after = apply(document, addBlock(document, { root, selected: null, wire: text("first"), key: "new" }));
    expect(isBlock(after, "new")).toBe(true);
    expect(spots(after, root)).toHaveLength(1);
  });

  test("a section comes after the one in which something is selected", () => {
    const { document, root } = read("", { body: { sections: [{ type: "section", rows: [{ columns: [{ blocks: [text("a")] }] }] }, { type: "section", rows: [] }] } });
    const selected = order(document, root).find((key) => isBlock(document, key)) ?? null;
    const after = apply(document, addSection(document, { root, selected, branch: sectionOf("2-columns-equal-width"), key: "new" }));
    expect(after.get(root)?.children[1]).toBe("new");
    expect(apply(after, remove(after, { key: "new" })).has("new")).toBe(false);
  });
});
