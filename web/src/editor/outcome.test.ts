import { expect, test } from "vitest";
import { unlessOwn } from "./outcome";

const CONFLICT = { kind: "conflict", conflict: { by: null, at: null, version: "3" } } as const;
const there = (name: string) => async () => ({ attributes: { name, definition: { a: 1, b: 2 }, updated: "later" }, version: "3" });

test("what a page sent while it was left is saved, and no conflict", async () => {
  expect(await unlessOwn(CONFLICT, { name: "A", definition: { b: 2, a: 1 } }, there("A"))).toEqual({ kind: "saved", version: "3" });
});

test("what somebody else wrote is a conflict, and so is what can't be read", async () => {
  expect(await unlessOwn(CONFLICT, { name: "A" }, there("B"))).toBe(CONFLICT);
  expect(await unlessOwn(CONFLICT, { name: "A" }, async () => null)).toBe(CONFLICT);
  expect(await unlessOwn({ kind: "away" }, { name: "A" }, there("A"))).toEqual({ kind: "away" });
});
