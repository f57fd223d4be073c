/** What the page itself tells: who followed a link to it, from where, and whether that begins a visit. */

import { seconds, session, store, stored, type Config, type Json } from "./config";
import { isExchangeId, type Identity, type Names } from "./identity";

const KX = "_kx";
const LONGEST = 400;
/** Seconds without a page after which a visit is over. */
const IDLE = 1800;
const OF_PEOPLE = [KX, "utm_email", "_ke"];

/** Who the link was written to. Its exchange id is kept for the tab, in case the cookie is not. */
export function follower(config: Config): Names {
  const query = new URLSearchParams(location.search);
  const linked = query.get(KX);
  if (isExchangeId(linked, config.company)) {
    store(session, KX, btoa(linked));
    return { _kx: linked };
  }
  const email = query.get("utm_email") ?? encodedEmail(query.get("_ke"), config.company);
  return email ? { email } : {};
}

/** The exchange id that this tab came with. */
export function remembered(config: Config): Names {
  const kept = stored(session, KX, atob);
  return isExchangeId(kept, config.company) ? { _kx: kept } : {};
}

/** `_ke`: base64 of JSON with an address and the company that wrote it. */
function encodedEmail(text: string | null, company: string): string | null {
  try {
    const found = JSON.parse(atob(text ?? "")) as { kl_email?: string; kl_company_id?: string };
    return found.kl_company_id === company ? (found.kl_email ?? null) : null;
  } catch {
    return null;
  }
}

/** Note this page in the cookie. True when it begins a visit: the first, or after half an hour. */
export function begins(identity: Identity): boolean {
  const now = seconds();
  const last = identity.note("$last_active");
  const idle = typeof last !== "number" || now - last > IDLE;
  const from = { ts: now, value: document.referrer.slice(0, LONGEST), first_page: address().slice(0, LONGEST) };
  identity.keep({
    $last_active: now,
    $referrer: identity.note("$referrer") ?? from,
    $last_referrer: idle ? from : (identity.note("$last_referrer") ?? from),
  });
  return idle;
}

/** The page's address without what names a person. */
export function address(): string {
  const url = new URL(location.href);
  for (const name of OF_PEOPLE) url.searchParams.delete(name);
  return url.href;
}

/** The properties of "Active on Site". */
export function activity(): Json {
  const query = [...new URL(address()).searchParams];
  const others = query.filter(([name]) => !name.startsWith("utm_")).slice(0, 10);
  const marked = query.filter(([name]) => name.startsWith("utm_"));
  return {
    ...Object.fromEntries(others),
    ...Object.fromEntries(marked),
    page: address(),
    browser: first(/Edg|OPR|Firefox|Chrome|Safari/, { Edg: "Edge", OPR: "Opera" }),
    os: first(/Android|iPhone|iPad|Windows|Mac|CrOS|Linux/, { iPhone: "iOS", iPad: "iOS", Mac: "macOS" }),
    referrer: document.referrer,
    initial_page_path: location.pathname,
    fragment: location.hash.slice(1),
    kx_present: new URLSearchParams(location.search).has(KX),
  };
}

function first(words: RegExp, names: Record<string, string>): string {
  const found = words.exec(navigator.userAgent)?.[0] ?? "";
  return names[found] ?? found;
}
