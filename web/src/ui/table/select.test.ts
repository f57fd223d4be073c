import { expect, it } from "vitest";
import { NONE, ranged, toggled, toggledAll } from "./select";

const IDS = ["a", "b", "c", "d", "e"];

it("takes a row in and out", () => {
  const one = toggled(NONE, "b");
  expect([...one]).toEqual(["b"]);
  expect(toggled(one, "b").size).toBe(0);
  expect([...one]).toEqual(["b"]);
});

it("takes all between two rows, in either direction", () => {
  expect([...ranged(new Set(["b"]), IDS, "b", "d")].sort()).toEqual(["b", "c", "d"]);
  expect([...ranged(new Set(["d"]), IDS, "d", "b")].sort()).toEqual(["b", "c", "d"]);
  expect([...ranged(new Set(IDS), IDS, "b", "d")].sort()).toEqual(["a", "e"]);
});

it("takes the one row where the first is not there any more", () => {
  expect([...ranged(NONE, IDS, "gone", "d")]).toEqual(["d"]);
  expect([...ranged(NONE, IDS, null, "d")]).toEqual(["d"]);
});

it("takes all, and none where all were taken", () => {
  const all = toggledAll(new Set(["a"]), IDS);
  expect(all.size).toBe(5);
  expect(toggledAll(all, IDS).size).toBe(0);
});
