/** A campaign as the composer holds it, and what becomes of two changes of it. */

import type { AttributesOf } from "../../../api/ask";
import { changed, join, type Joined } from "../../../ui/form/join";

type Answered = AttributesOf<"get_campaign_draft">;
type AnsweredVariation = Answered["variations"][number];

/** `id` null: the server has not heard of it yet. */
export type Variation = Omit<AnsweredVariation, "id"> & { id: string | null };
export type Sending = Answered["sending"];
export type Strategy = Sending["strategy"];
export type AbTest = NonNullable<Answered["ab_test"]>;

/** What is edited: all but its status. */
export type Draft = Omit<Answered, "status" | "variations"> & { variations: Variation[] };

export function draftOf(answered: Answered): Draft {
  return without(answered, "status");
}

function without<Of extends object, Name extends keyof Of>(of: Of, left: Name): Omit<Of, Name> {
  return Object.fromEntries(Object.entries(of).filter(([name]) => name !== left)) as Omit<Of, Name>;
}

/** The fields that differ, as the server takes them. */
export function changesOf(before: Draft, after: Draft): Partial<Draft> {
  return Object.fromEntries(changed(before, after).map((field) => [field, after[field as keyof Draft]]));
}

/** What is on the screen, with what the server made of what was sent: ids of new variations, copies of templates. What
 * was changed since stays. */
export function adopted(sent: Draft, current: Draft, answered: Draft): Draft {
  const { values } = join(sent, current, answered);
  if (values.variations === answered.variations) return values;
  const variations = current.variations.map((mine, place) => {
    const was = sent.variations[place];
    const now = answered.variations[place];
    return was && now && was.id === mine.id ? join(was, mine, now).values : mine;
  });
  return { ...values, variations };
}

type Flat = Record<string, unknown>;

/** Each variation's fields by themselves, so that two people may write on two of them. */
function flat({ variations, ...rest }: Draft): Flat {
  const keys = variations.map(({ id }, place) => id ?? `new ${place}`);
  const fields = variations.flatMap((variation, place) =>
    Object.entries(without(variation, "id")).map(([name, value]): [string, unknown] => [`${name} of ${keys[place]}`, value]),
  );
  return { ...rest, variations: keys, ...Object.fromEntries(fields) };
}

function whole(values: Flat, like: Variation): Draft {
  const { variations: keys, ...rest } = values;
  const variations = (keys as string[]).map((key): Variation => {
    const names = Object.keys(like).filter((name) => name !== "id");
    const own = names.map((name) => [name, values[`${name} of ${key}`] ?? (name.startsWith("template") ? null : "")]);
    return { ...(Object.fromEntries(own) as unknown as Variation), id: key.startsWith("new ") ? null : key };
  });
  const plain = Object.entries(rest).filter(([name]) => !name.includes(" of "));
  return { ...(Object.fromEntries(plain) as Omit<Draft, "variations">), variations };
}

const LIKE: Variation = { id: null, name: "", subject: "", preview_text: "", template_id: null, template_name: null };

/** Two people's changes of the same draft. Fields of variations are named as “subject of ID”. */
export function joined(base: Draft, mine: Draft, theirs: Draft): Joined<Draft> & { theirsFlat: Flat; mineFlat: Flat } {
  const [theirsFlat, mineFlat] = [flat(theirs), flat(mine)];
  const { values, taken, disputed } = join(flat(base), mineFlat, theirsFlat);
  return { values: whole(values, LIKE), taken, disputed, theirsFlat, mineFlat };
}

/** A further variation, with the texts and the content of the first to begin with. */
export function another(of: Draft): Variation {
  return { ...LIKE, ...of.variations[0], id: null, name: nextName(of.variations) };
}

function nextName(variations: Variation[]): string {
  const taken = new Set(variations.map(({ name }) => name));
  for (let place = 0; ; place++) {
    const name = `Variation ${String.fromCharCode(65 + place)}`;
    if (!taken.has(name)) return name;
  }
}
