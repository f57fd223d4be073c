import { describe, expect, it } from "vitest";
import { changed } from "../../ui/form/join";
import { changeOf, draftOf, flatOf, flatOfProfile, labelOf } from "./fields";
import { outcomeOf } from "./merging";
import { asKind, newRow, problemOf, rowOf, valueOf } from "./properties";

const PROFILE = {
  email: "ann@example.com",
  first_name: "Ann",
  location: { city: "Bern", country: null },
  properties: { tier: "gold", visits: 3, member: true, born: "1990-02-03", likes: ["tea", "cake"], deep: { a: [1, null] }, none: null },
} as never;

describe("a profile in a form", () => {
  it("is the same again when nothing was written", () => {
    const flat = flatOfProfile(PROFILE);
    expect(changed(flat, flatOf(draftOf(flat)))).toEqual([]);
  });

  it("is sent by what was changed, and a property that is gone by name", () => {
    const flat = flatOfProfile(PROFILE);
    const draft = draftOf(flat);
    const properties = draft.properties.filter(({ name }) => name !== "tier").map((row) => (row.name === "visits" ? { ...row, text: "4,5" } : row));
    const mine = flatOf({ ...draft, first_name: " Anna ", city: "", properties });
    expect(changeOf(mine, changed(flat, mine))).toEqual({
      attributes: { first_name: "Anna", location: { city: null }, properties: { visits: 4.5 } },
      meta: { patch_properties: { unset: ["tier"] } },
    });
  });

  it("names its fields as people know them", () => {
    expect([labelOf("zip"), labelOf("properties.tier")]).toEqual(["Postal code", "tier"]);
  });
});

describe("a property", () => {
  it("has the kind of its value", () => {
    const kinds = ["x", "2026-01-31", 1.5, false, ["a"], ["a", 1], { a: 1 }].map((value) => rowOf("p", value).kind);
    expect(kinds).toEqual(["text", "date", "number", "yes or no", "list", "other", "other"]);
  });

  it("keeps what another kind can hold", () => {
    const row = { ...newRow("p"), text: "tea, cake" };
    expect(valueOf(asKind(row, "list"))).toEqual(["tea", "cake"]);
    expect(valueOf(asKind(asKind(row, "list"), "text"))).toBe("tea, cake");
    expect(valueOf(asKind({ ...row, text: "Yes" }, "yes or no"))).toBe(true);
    expect(asKind(row, "date").text).toBe("");
  });

  it("says what is wrong with it", () => {
    const named = (name: string, more = {}) => ({ ...newRow(name), ...more });
    expect(problemOf(named(" "), [" "])).toMatch(/name/);
    expect(problemOf(named("a"), ["a", "a "])).toMatch(/Another/);
    expect(problemOf(named("a", { kind: "number", text: "12x" }), ["a"])).toMatch(/number/);
    expect(problemOf(named("a", { kind: "date", text: "soon" }), ["a"])).toMatch(/day/);
    expect(problemOf(named("a", { kind: "number", text: "-1e3" }), ["a"])).toBeNull();
  });
});

it("a merge fills gaps and loses what differs", () => {
  const stays = flatOfProfile({ email: "a@example.com", properties: { tier: "gold" } } as never);
  const goes = flatOfProfile({ email: "b@example.com", title: "Buyer", properties: { tier: "gold", likes: ["tea"] } } as never);
  expect(outcomeOf(stays, goes)).toEqual({ filled: [["Title", "Buyer"], ["likes", '["tea"]']], lost: [["E-mail", "b@example.com"]] });
});
