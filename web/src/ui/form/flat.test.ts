import { expect, test } from "vitest";
import { flat, nested } from "./flat";

const ADDRESS = { name: "Ann", contact: { address: { city: "Bern", zip: "3011" }, tags: ["a", "b"], age: null } };
const FIELDS = { name: "Ann", "contact.address.city": "Bern", "contact.address.zip": "3011", "contact.tags": ["a", "b"], "contact.age": null };

test("groups become fields and fields groups again", () => {
  expect(flat(ADDRESS)).toEqual(FIELDS);
  expect(nested(FIELDS)).toEqual(ADDRESS);
});

test("of some fields, what is around them alone is made", () => {
  expect(nested(FIELDS, ["contact.address.zip"])).toEqual({ contact: { address: { zip: "3011" } } });
  expect(nested(FIELDS, [])).toEqual({});
});
