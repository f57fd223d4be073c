import { expect, test } from "vitest";
import { isSameContent } from "./content";

test("the order of fields makes no other content, that of a list does", () => {
  expect(isSameContent({ name: "A", steps: [{ id: 1, data: null }] }, { steps: [{ data: null, id: 1 }], name: "A" })).toBe(true);
  expect(isSameContent({ steps: [1, 2] }, { steps: [2, 1] })).toBe(false);
  expect(isSameContent({ a: { b: 1 } }, { a: { b: 2 } })).toBe(false);
});
