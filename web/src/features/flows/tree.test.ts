import fc from "fast-check";
import { expect, it } from "vitest";
import { within } from "../../editor/document";
import { fieldAt, read, write, type Wire } from "./tree";

const step = (id: string, type: string, links: Wire, data: Wire = {}): Wire => ({ id, type, links, data });

const JOINED: Wire = {
  triggers: [{ type: "metric", id: "M1" }],
  profile_filter: null,
  actions: [
    step("1", "time-delay", { next: "2" }, { unit: "days", value: 1 }),
    step("2", "conditional-split", { next_if_true: "3", next_if_false: "4" }, { profile_filter: null }),
    step("3", "send-email", { next: "5" }),
    step("4", "send-email", { next: null }),
    step("5", "update-profile", {}),
  ],
  entry_action_id: "1",
  reentry_criteria: { duration: 1, unit: "alltime" },
};

it("a way that stops is told from one that goes on behind the split", () => {
  const { document, root } = read("Name", JOINED);
  expect(within(document, root).map((key) => document.get(key)?.kind)).toEqual([
    "flow", "time-delay", "conditional-split", "exit", "send-email", "update-profile", "exit", "send-email",
  ]);
  expect(write(document, root)).toMatchObject({ name: "Name", definition: JOINED });
});

it("ways that meet again are drawn once", () => {
  const meeting = { ...JOINED, actions: (JOINED.actions as Wire[]).map((each) => (each.id === "4" ? { ...each, links: { next: "5" } } : each)) };
  const { document, root } = read("Name", meeting);
  expect(document.get(root)?.children.map((key) => document.get(key)?.kind)).toEqual(["time-delay", "conditional-split", "update-profile"]);
  expect(write(document, root).definition).toEqual(meeting);
});

it("a refusal's pointer leads to its step", () => {
  const { document, root } = read("Name", JOINED);
  const written = write(document, root);
  expect((document.get(fieldAt(written, "/actions/3/data/message")?.key ?? "")?.data as Wire).id).toBe("4");
  expect(fieldAt(written, "/triggers/0")).toEqual({ key: root, path: ["triggers", "0"] });
  expect(fieldAt(written, "/actions/3/data/message/subject_line")?.path).toEqual(["data", "message", "subject_line"]);
});

/** Any flow whose links lead on to later actions, as the server takes them; some lead to none. */
const flows: fc.Arbitrary<Wire> = fc.integer({ min: 1, max: 9 }).chain((count) => {
  const name = (at: number) => `t${at}`;
  const later = (at: number) => fc.option(fc.integer({ min: at + 1, max: count }).map((to) => (to === count ? null : name(to))), { nil: null });
  const action = (at: number): fc.Arbitrary<Wire> =>
    fc.oneof(
      later(at).map((next) => ({ temporary_id: name(at), type: "time-delay", links: { next }, data: { value: 1 } })),
      later(at).map((next) => ({ temporary_id: name(at), type: "send-email", ...(next === null ? {} : { links: { next } }) })),
      fc.tuple(later(at), later(at)).map(([yes, no]) => ({ temporary_id: name(at), type: "conditional-split", links: { next_if_true: yes, next_if_false: no }, data: { profile_filter: null } })),
      fc.array(later(at), { minLength: 2, maxLength: 4 }).map((ways) => ({
        temporary_id: name(at), type: "multi-branch-split", data: { name: "By country", branches: ways.map((next, branch) => ({ branch_id: String(branch), order: branch, links: { next } })) },
      })),
    );
  return fc.tuple(...Array.from({ length: count }, (_, at) => action(at))).map((actions) => ({ triggers: [], actions, entry_action_id: name(0) }));
});

it("what is read is written as it came", () => {
  fc.assert(
    fc.property(flows, (definition) => {
      const { document, root } = read("Any", definition);
      expect(write(document, root).definition).toEqual(definition);
    }),
    { numRuns: 500 },
  );
});
