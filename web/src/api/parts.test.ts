import { expect, it } from "vitest";
import { inParts, parts } from "./parts";

it("divides rows without losing one", () => {
  expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(parts([], 2)).toEqual([]);
});

it("sends one part after the other, and none after one that failed", async () => {
  const sent: number[][] = [];
  const send = (part: number[]) => {
    sent.push(part);
    return part.includes(3) ? Promise.reject(new Error("no")) : Promise.resolve();
  };
  await expect(inParts([1, 2, 3, 4, 5], 2, send)).rejects.toThrow("no");
  expect(sent).toEqual([[1, 2], [3, 4]]);
});
