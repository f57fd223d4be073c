import { fieldOf, setField, type Command } from "../../../editor/commands";
import { nodeOf, type Key } from "../../../editor/document";

interface Setting {
  readonly key: Key;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Sets when something is shown. A condition that is emptied goes as a whole, and what is repeated has a name for each:
 * the API takes neither half. */
export const setShown: Command<Setting> = (document, { key, path, value }) => {
  const group = path.slice(0, 3);
  if (path.length < 4) return setField(document, { key, path, value });
  const whole = { ...(fieldOf(nodeOf(document, key).data, group) as object | undefined), [path[3] as string]: value } as Record<string, unknown>;
  const isRepeat = group[2] === "content_repeat";
  if (isRepeat && !whole.item_alias) whole.item_alias = "item";
  const isEmpty = isRepeat ? !whole.repeat_for : !whole.check && !whole.definition;
  return setField(document, { key, path: group, value: isEmpty ? undefined : whole });
};
