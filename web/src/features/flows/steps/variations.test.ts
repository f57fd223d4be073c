import fc from "fast-check";
import { expect, it } from "vitest";
import { nameOf, type Wire } from "../tree";
import { allocated, freshExperiment, freshTest, percentsOf, shared, variationsOf, withAnotherTest, withoutVariation, withVariation } from "./variations";

const start = (): Wire => ({ main_action: { temporary_id: "m", type: "send-email", data: { message: { subject_line: "Hello" } } }, current_experiment: freshExperiment({ subject_line: "Hello" }, "Test") });

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);

it("shares are whole per cents that always add up to 100", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100 }), { minLength: 2, maxLength: 8 }), fc.nat(), fc.integer({ min: -20, max: 140 }), (weights, at, percent) => {
      const place = at % weights.length;
      const after = shared(weights, place, percent);
      expect(sum(after)).toBe(100);
      expect(after[place]).toBe(Math.max(0, Math.min(100, percent)));
      expect(after.every((each) => each >= 0)).toBe(true);
    }),
  );
  expect(shared([50, 30, 20], 0, 75)).toEqual([75, 15, 10]);
  expect(shared([100, 0], 0, 40)).toEqual([40, 60]);
});

it("shares that were set over the API are shown as per cents", () => {
  const data = withVariation(start());
  expect(percentsOf(data)).toEqual([34, 33, 33]);
  const variations = variationsOf(data);
  const weighted = { ...data, current_experiment: { ...(data.current_experiment as Wire), allocations: allocated(variations, [3, 1, 0]) } };
  expect(percentsOf(weighted)).toEqual([75, 25, 0]);
});

it("a variation more is a copy of the last; without the first, the next stands in for the test", () => {
  const data = withVariation(start());
  expect(variationsOf(data)).toHaveLength(3);
  const second = variationsOf(data)[1] as Wire;
  const changed = { ...data, current_experiment: { ...(data.current_experiment as Wire), variations: variationsOf(data).map((each) => (each === second ? { ...each, data: { message: { subject_line: "Other", id: "x" } } } : each)) } };
  const left = withoutVariation(changed, 0);
  expect(left.main_action).toMatchObject({ temporary_id: "m", data: { message: { subject_line: "Other" } } });
});

it("a copy of a test has names of its own, and nothing of it has begun", () => {
  const data = withVariation(start());
  const begun: Wire = { ...data, experiment_status: "live", current_experiment: { ...(data.current_experiment as Wire), id: "e1", started: "2026-01-01", allocations: allocated(variationsOf(data), [50, 30, 20]) } };
  const copy = freshTest(begun);
  const names = [begun, copy].flatMap((each) => [nameOf(each.main_action as Wire), ...variationsOf(each).map(nameOf)]);
  expect(new Set(names).size).toBe(8);
  expect([copy.experiment_status, percentsOf(copy), Object.keys(copy.current_experiment as Wire).includes("id")]).toEqual(["draft", [50, 30, 20], false]);
});

it("another test begins with what everybody gets", () => {
  const again = withAnotherTest({ ...start(), experiment_status: "completed" });
  expect(again.experiment_status).toBe("draft");
  expect(variationsOf(again)).toHaveLength(2);
});
