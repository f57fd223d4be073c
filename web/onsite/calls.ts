/** `window.klaviyo` and the arrays that pages wrote to before there was one. */

type Call = (...args: unknown[]) => unknown;
export type Methods = Record<string, Call>;

interface Page {
  klaviyo?: unknown;
  _klOnsite?: unknown;
  _learnq?: unknown;
}

/** Take the place of whatever stands there, and make the calls that waited. False when it was done already. */
export function install(methods: Methods): boolean {
  const page = window as unknown as Page;
  if (page._klOnsite !== undefined && !Array.isArray(page._klOnsite)) return false;
  const waiting = [page._learnq, page.klaviyo, page._klOnsite].flatMap((one) => (Array.isArray(one) ? one : []));
  const call = (name: string, args: unknown[]): Promise<unknown> => made(methods[name], args);
  const push = (...entries: unknown[]): Promise<unknown> =>
    entries.reduce<Promise<unknown>>(
      (last, entry) => (Array.isArray(entry) ? call(String(entry[0]), entry.slice(1)) : last),
      Promise.resolve(),
    );
  page._learnq = { push };
  page._klOnsite = { push };
  page.klaviyo = new Proxy({ push } as Record<string, unknown>, {
    // a `then` would make it a promise to whoever awaits it
    get: (own, name) =>
      own[String(name)] ??
      (typeof name === "symbol" || name === "then" ? undefined : (...args: unknown[]) => call(name, args)),
  });
  void push(...waiting);
  return true;
}

/** A call's promise, which never fails: a page must not break over it. Callbacks behind the arguments are called too:
 * the page's own, and one by which a call from before learns of its answer. */
async function made(method: Call | undefined, args: unknown[]): Promise<unknown> {
  const callbacks = args.filter((one) => typeof one === "function") as Call[];
  const answer = await guarded(() => method?.(...args.filter((one) => typeof one !== "function")));
  for (const callback of callbacks) void guarded(() => callback(answer));
  return answer;
}

async function guarded(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    console.warn("klaviyo:", error);
    return undefined;
  }
}
