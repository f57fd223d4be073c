import { describe, expect, it } from "vitest";
import { changed, join, same } from "./join";

const BASE = { name: "Ann", title: "Buyer", tags: ["a"] };

describe("two changes of one record", () => {
  it("are joined where they are of different fields, whoever is first", () => {
    const mine = { ...BASE, name: "Anna" };
    const theirs = { ...BASE, title: "Head of buying" };
    const both = { ...BASE, name: "Anna", title: "Head of buying" };
    expect(join(BASE, mine, theirs)).toEqual({ values: both, taken: ["title"], disputed: [] });
    expect(join(BASE, theirs, mine).values).toEqual(both);
  });

  it("are told where they are of one field, and mine stays in the form", () => {
    const joined = join(BASE, { ...BASE, name: "Anna" }, { ...BASE, name: "Annie", tags: [] });
    expect(joined).toEqual({ values: { ...BASE, name: "Anna", tags: [] }, taken: ["tags"], disputed: ["name"] });
  });

  it("are no dispute where both wrote the same", () => {
    expect(join(BASE, { ...BASE, name: "Anna" }, { ...BASE, name: "Anna" }).disputed).toEqual([]);
  });

  it("keep a field that one made and lose one that the other took away", () => {
    const base = { first: 1, second: 2 } as Record<string, number>;
    const joined = join(base, { first: 1, second: 2, third: 3 }, { first: 1 });
    expect(joined.values).toEqual({ first: 1, third: 3 });
  });

  it("leave the fields in their order", () => {
    const joined = join(BASE, BASE, { ...BASE, [Object.keys(BASE)[0] ?? ""]: "theirs" });
    expect(Object.keys(joined.values)).toEqual(Object.keys(BASE));
  });
});

describe("sameness", () => {
  it("is that of JSON", () => {
    expect(same({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same({ a: undefined }, {})).toBe(false);
    expect(same({ 0: 1 }, [1])).toBe(false);
    expect(same("1", 1)).toBe(false);
  });

  it("tells the fields that differ", () => {
    expect(changed({ a: 1, b: 2 }, { b: 3, c: 4 })).toEqual(["a", "b", "c"]);
  });
});
