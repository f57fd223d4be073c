import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "../../../api/client";
import { adopted, another, joined, type Draft, type Variation } from "./document";
import { passed } from "./passed";
import { DraftStore, type DraftRoad, type Known } from "./store";

const A: Variation = { id: "A", name: "Variation A", subject: "Red", preview_text: "", template_id: null, template_name: null };
const START: Draft = {
  name: "Spring", included: [], excluded: [], smart_sending: true, from_email: "", from_label: "", reply_to_email: "",
  variations: [A], ab_test: null, add_utm: null, utm: [], track_opens: true, track_clicks: true,
  sending: { strategy: "immediate", at: null, day: null, percentage: null, passed_tomorrow: false },
};

const withSubject = (subject: string, of = START): Draft => ({ ...of, variations: of.variations.map((each) => ({ ...each, subject })) });

describe("what the server made of what was sent", () => {
  it("is taken over where nothing was written since", () => {
    const sent = { ...START, variations: [A, another(START)] };
    const answered = { ...sent, variations: sent.variations.map((each, place) => ({ ...each, id: "AB"[place] ?? null })) };
    expect(adopted(sent, sent, answered)).toEqual(answered);
  });

  it("gives a new variation its id although its subject is being written", () => {
    const sent = { ...START, variations: [A, another(START)] };
    const typed = { ...sent, variations: [A, { ...another(START), subject: "Blu" }] };
    const answered = { ...sent, variations: [A, { ...another(START), id: "B", template_id: "copy" }] };
    expect(adopted(sent, typed, answered).variations[1]).toMatchObject({ id: "B", subject: "Blu", template_id: "copy" });
  });
});

describe("two people on one draft", () => {
  it("write on two fields of one variation, and neither is lost", () => {
    const theirs = { ...START, variations: [{ ...A, preview_text: "Theirs" }] };
    const { values, taken, disputed } = joined(START, withSubject("Mine"), theirs);
    expect(values.variations).toEqual([{ ...A, subject: "Mine", preview_text: "Theirs" }]);
    expect([taken, disputed]).toEqual([["preview_text of A"], []]);
  });

  it("are told where they wrote on one field, and mine stays on the screen", () => {
    const { values, disputed, theirsFlat } = joined(START, withSubject("Mine"), withSubject("Theirs"));
    expect(values.variations[0]?.subject).toBe("Mine");
    expect(disputed).toEqual(["subject of A"]);
    expect(theirsFlat["subject of A"]).toBe("Theirs");
  });

  it("may add variations", () => {
    const mine = { ...START, variations: [A, another(START)] };
    const { values } = joined(START, mine, withSubject("Theirs"));
    expect(values.variations.map(({ id, subject }) => [id, subject])).toEqual([["A", "Theirs"], [null, "Red"]]);
  });
});

describe("the way to the server", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A server that holds one draft, and does as it is told with the next request. */
  class Server implements DraftRoad {
    held: Known = { draft: START, version: "1" };
    requests: Partial<Draft>[] = [];
    kept: unknown = null;
    next: (() => Error | null) | null = null;
    journal = {
      read: () => Promise.resolve(null),
      keep: (unsent: unknown) => Promise.resolve(void (this.kept = unsent)),
      drop: () => Promise.resolve(void (this.kept = null)),
    };
    fresh = () => Promise.resolve(this.held);
    send = async (changes: Partial<Draft>, version: string | null) => {
      this.requests.push(changes);
      const error = this.next?.();
      this.next = null;
      if (error) throw error;
      if (version !== this.held.version) throw new ApiProblem(412, "Changed", null, [{ detail: "", code: null, pointer: null, parameter: null, meta: { updated: "2026-12-01T09:00:00Z" } }]);
      this.held = { draft: { ...this.held.draft, ...changes }, version: String(Number(version) + 1) };
      return this.held;
    };
  }

  it("is taken when it was quiet for a moment, with what was changed alone", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    store.change({ name: "Su" });
    store.change({ name: "Summer" });
    await vi.advanceTimersByTimeAsync(400);
    expect(server.kept).toMatchObject({ base: { name: "Spring" }, draft: { name: "Summer" } });
    await vi.advanceTimersByTimeAsync(1700);
    expect(server.requests).toEqual([{ name: "Summer" }]);
    expect([store.standing().state, server.kept]).toEqual(["saved", null]);
  });

  it("is tried again while the server is away, and what was written meanwhile goes along", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    server.next = () => new ApiProblem(0, "Away");
    store.change({ name: "Summer" }, true);
    await vi.advanceTimersByTimeAsync(10);
    expect(store.standing().state).toBe("away");
    store.change({ from_label: "Ada" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.held.draft).toMatchObject({ name: "Summer", from_label: "Ada" });
    expect(store.standing().state).toBe("saved");
  });

  it("tells of what another saved, keeps mine, and overwrites only when told to", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    server.held = { draft: { ...START, name: "Theirs", from_label: "Bo" }, version: "2" };
    store.change({ name: "Mine" }, true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(store.standing().state).toBe("conflict");
    expect(store.snapshot().meanwhile).toMatchObject({ taken: ["from_label"], disputed: ["name"], at: "2026-12-01T09:00:00Z" });
    expect(store.snapshot().draft).toMatchObject({ name: "Mine", from_label: "Bo" });
    expect(server.requests).toHaveLength(1);
    store.overwrite();
    await vi.advanceTimersByTimeAsync(10);
    expect(server.held).toMatchObject({ draft: { name: "Mine", from_label: "Bo" }, version: "3" });
  });

  it("is in no conflict with what it sent itself, and sends what was written since", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    store.change({ name: "Summer", from_label: "Ada" });
    // the answer was lost: it is there
    server.held = { draft: { ...START, name: "Summer" }, version: "2" };
    await vi.advanceTimersByTimeAsync(20_000);
    expect([store.standing().state, server.held.version]).toEqual(["saved", "3"]);
    expect(server.held.draft).toMatchObject({ name: "Summer", from_label: "Ada" });
  });

  it("takes theirs when told to", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    server.held = { draft: { ...START, name: "Theirs" }, version: "2" };
    store.change({ name: "Mine" }, true);
    await vi.advanceTimersByTimeAsync(10);
    store.take();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([store.snapshot().draft.name, server.requests.length, store.standing().state]).toEqual(["Theirs", 1, "saved"]);
  });

  it("does not send again what was refused, and flushing says that it is not there", async () => {
    const server = new Server();
    const store = new DraftStore(server.held, server);
    server.next = () => new ApiProblem(400, "No", null, [{ detail: "No address.", code: null, pointer: "/data/attributes/from_email", parameter: null, meta: {} }]);
    store.change({ from_email: "nobody" });
    expect(await store.flush()).toBe(false);
    expect(store.snapshot().problems).toEqual([{ detail: "No address.", pointer: "/data/attributes/from_email" }]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.requests).toHaveLength(1);
    store.change({ from_email: "ada@example.com" });
    expect(await store.flush()).toBe(true);
  });

  it("has what was kept in the browser on the screen again, over what others did since", async () => {
    const server = new Server();
    server.held = { draft: { ...START, from_label: "Bo" }, version: "5" };
    const store = new DraftStore(server.held, server);
    store.restore({ base: START, draft: { ...START, name: "Unsent" } });
    expect(await store.flush()).toBe(true);
    expect(server.held.draft).toMatchObject({ name: "Unsent", from_label: "Bo" });
  });
});

describe("a time that is over", () => {
  const now = Date.parse("2026-12-01T09:00:00Z");
  const sending = { ...START.sending, strategy: "static" as const };

  it("is told at once, by the clock of the account", () => {
    expect(passed({ ...sending, at: "2026-12-01T10:00" }, "Europe/Berlin", now)).toMatch("over");
    expect(passed({ ...sending, at: "2026-12-01T10:01" }, "Europe/Berlin", now)).toBeUndefined();
    expect(passed({ ...sending, at: "2026-12-01T10:00", strategy: "local_timezone" }, "Europe/Berlin", now)).toBeUndefined();
    expect(passed({ ...sending, at: "2026-11-30T20:00", strategy: "local_timezone" }, "Europe/Berlin", now)).toMatch("over");
  });
});
