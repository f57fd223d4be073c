/** One cookie of the page: read, written on the highest domain that takes it, taken away. */

const DAY = 86_400;
const PROBE = "__kla_probe";

export function readCookie(name: string): string | null {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  if (found === undefined) return null;
  const text = found.slice(name.length + 1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `days` 0 takes it away. Without a domain it belongs to this host alone. */
export function writeCookie(name: string, value: string, days: number, domain: string | null): void {
  const parts = [`${name}=${value}`, "path=/", `max-age=${days * DAY}`, "samesite=lax"];
  if (domain) parts.push(`domain=${domain}`);
  if (location.protocol === "https:") parts.push("secure");
  document.cookie = parts.join("; ");
}

/** `shop.example` for `www.shop.example`: the shortest domain that browsers let this page write to; null for a host
 * that stands alone. */
export function topDomain(): string | null {
  const labels = location.hostname.split(".");
  for (let at = labels.length - 2; at >= 0; at -= 1) {
    const domain = labels.slice(at).join(".");
    writeCookie(PROBE, "1", 1, domain);
    const taken = readCookie(PROBE) !== null;
    writeCookie(PROBE, "", 0, domain);
    if (taken) return domain;
  }
  return null;
}
