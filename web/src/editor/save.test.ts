import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as save from "./save";
import type { Saving } from "./save";

const same = (first: string, second: string) => first === second;

describe("a change", () => {
  it("is sent when it was quiet for two seconds, and after ten at the latest", () => {
    let saving = save.opened("", "1");
    expect(save.sendAt(saving, "", same)).toBeNull();
    saving = save.edited(saving, 1000);
    expect(save.sendAt(saving, "a", same)).toBe(3000);
    for (let now = 2000; now <= 12_000; now += 1000) saving = save.edited(saving, now);
    expect(save.sendAt(saving, "ab", same)).toBe(11_000);
    expect(save.sendAt(saving, "ab", same, true)).toBe(0);
  });

  it("that is taken back before it was sent is not sent", () => {
    const saving = save.edited(save.edited(save.opened("a", "1"), 0), 1);
    expect(save.sendAt(saving, "a", same, true)).toBeNull();
    expect(save.stateOf(saving, "a", same)).toBe("saved");
  });

  it("made while one is under way waits for its answer, and goes with its version", () => {
    let saving = save.sent(save.edited(save.opened("", "1"), 0), "a");
    saving = save.edited(saving, 100);
    expect(save.sendAt(saving, "ab", same, true)).toBeNull();
    saving = save.answered(saving, "2");
    expect([saving.saved, saving.version]).toEqual(["a", "2"]);
    expect(save.sendAt(saving, "ab", same)).toBe(2100);
    expect(save.stateOf(saving, "ab", same)).toBe("changed");
  });

  it("that was refused is not sent again until it is another", () => {
    let saving = save.sent(save.edited(save.opened("", "1"), 0), "bad");
    saving = save.refused(saving, [{ detail: "No.", pointer: "/data" }]);
    expect(save.sendAt(saving, "bad", same, true)).toBeNull();
    expect(save.stateOf(saving, "bad", same)).toBe("refused");
    saving = save.edited(saving, 50);
    expect(save.sendAt(saving, "good", same)).toBe(2050);
    saving = save.answered(save.sent(saving, "good"), "2");
    expect([saving.problems, save.stateOf(saving, "good", same)]).toEqual([[], "saved"]);
  });
});

it("tries again with growing pauses while the server is away, and at once when it is urgent", () => {
  let saving = save.edited(save.opened("", "1"), 0);
  const pauses: number[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    saving = save.away(save.sent(saving, "a"), 0);
    pauses.push(save.sendAt(saving, "a", same) ?? -1);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(save.stateOf(saving, "a", same)).toBe("away");
  expect(save.sendAt(saving, "a", same, true)).toBe(0);
});

it("sends nothing over what somebody else saved until that is decided", () => {
  let saving = save.conflicted(save.sent(save.opened("", "1"), "mine"), { by: "Ada", at: null, version: "7" });
  expect(save.sendAt(saving, "mine", same, true)).toBeNull();
  expect(save.stateOf(saving, "mine", same)).toBe("conflict");
  saving = save.settled(saving, "theirs", "7");
  expect([save.sendAt(saving, "joined", same), saving.version]).toEqual([0, "7"]);
  expect(save.sendAt(saving, "theirs", same)).toBeNull();
});

type Happening = "edit" | "send" | "answer" | "refuse" | "away";
const happenings = fc.array(fc.constantFrom<Happening>("edit", "send", "answer", "refuse", "away"), { maxLength: 30 });

it("whatever happens: one request at a time, and what the server has is never thought newer than it is", () => {
  fc.assert(
    fc.property(happenings, (list) => {
      let saving: Saving<string> = save.opened("0", "0");
      let screen = "0";
      let now = 0;
      let server = "0";
      for (const happening of list) {
        now += 500;
        if (happening === "edit") {
          screen += "x";
          saving = save.edited(saving, now);
        } else if (happening === "send") {
          const at = save.sendAt(saving, screen, same, true);
          if (at !== null) {
            expect(saving.sending).toBeNull();
            saving = save.sent(saving, screen);
          }
        } else if (saving.sending !== null) {
          if (happening === "answer") {
            server = saving.sending;
            saving = save.answered(saving, server);
          } else saving = happening === "refuse" ? save.refused(saving, []) : save.away(saving, now);
        }
        expect(saving.saved).toBe(server);
        expect(saving.version).toBe(server);
        if (screen !== server) expect(save.stateOf(saving, screen, same)).not.toBe("saved");
      }
    }),
  );
});
