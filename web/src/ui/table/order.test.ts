import { expect, it } from "vitest";
import { ariaSort, pressed } from "./order";

it("begins with a column's own direction and then turns round", () => {
  expect(pressed("name", "-created")).toBe("-created");
  expect(pressed("-created", "-created")).toBe("created");
  expect(pressed("created", "-created")).toBe("-created");
  expect(pressed("-created", "name")).toBe("name");
});

it("is told for the one column only", () => {
  expect(ariaSort("-created", "created")).toBe("descending");
  expect(ariaSort("created", "-created")).toBe("ascending");
  expect(ariaSort("created", "name")).toBe("none");
});
