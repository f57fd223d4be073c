import { afterEach, describe, expect, it, vi } from "vitest";
import { askAll } from "./ask";

const PAGES: Record<string, unknown> = {
  "/api/users": { data: [{ id: "1" }, { id: "2" }], links: { next: "http://localhost/api/users?page=2" } },
  "/api/users?page=2": { data: [{ id: "3" }], links: { next: null } },
};

describe("a list of which all is shown", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is read to its last page, and has no next one", async () => {
    vi.stubGlobal("location", { origin: "http://localhost" });
    vi.stubGlobal("fetch", (address: string) => Promise.resolve(new Response(JSON.stringify(PAGES[address]), { headers: { "content-type": "application/vnd.api+json" } })));
    const { data, links } = (await askAll("get_users").queryFn({ signal: new AbortController().signal })) as { data: { id: string }[]; links: unknown };
    expect(data.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(links).toEqual({ next: null });
  });
});
