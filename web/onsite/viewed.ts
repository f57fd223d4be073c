/** The items somebody looked at, most often first: at most 20, none that was not looked at for 30 days. */

import { local, seconds, store, stored, type Json } from "./config";

const KEY = "__kla_viewed";
const MOST = 20;
const OLDEST = 30 * 86_400;

interface Viewed {
  item: Json;
  views: number;
  last: number;
}

/** Count a look at an item, which is told from others by its id, else its address, else its name. */
export function look(item: Json): void {
  const items = read();
  const same = items.find((one) => keyOf(one.item) === keyOf(item));
  const now: Viewed = { item, views: (same?.views ?? 0) + 1, last: seconds() };
  // the others are sorted already: the last of them makes room, never the one that is looked at
  const others = items.filter((one) => one !== same).slice(0, MOST - 1);
  store(local, KEY, JSON.stringify([now, ...others].sort((a, b) => b.views - a.views || b.last - a.last)));
}

/** The items as a profile's property shows them. */
export function viewedItems(): Json[] {
  return read().map(({ item, views, last }) => ({ ...item, Views: views, LastViewed: last }));
}

const keyOf = (item: Json): string => String(item["ItemId"] ?? item["Url"] ?? item["Title"] ?? item["Name"] ?? "");

function read(): Viewed[] {
  const found = stored(local, KEY, (text): unknown => JSON.parse(text));
  return Array.isArray(found) ? (found as (Viewed | null)[]).filter(isRecent) : [];
}

function isRecent(one: Viewed | null): one is Viewed {
  return typeof one?.item === "object" && one.last > seconds() - OLDEST;
}
