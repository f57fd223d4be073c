import { useState } from "react";
import { isOutdated } from "../../api/client";
import { changed, join, type Joined, type Values } from "./join";
import type { Then } from "./submit";

/** A record as its page edits it, and its version. */
export interface Opened<Of> {
  values: Of;
  version: string | undefined;
}

interface EditOptions<Of, Saved> {
  opened: Opened<Of>;
  /** Sends what was changed; a problem of status 412 says that somebody else changed the record since `version`. */
  send: (values: Of, fields: string[], version: string | undefined) => Promise<Saved>;
  /** The record as it is now. */
  fresh: () => Promise<Opened<Of>>;
  /** Puts values into the form. */
  fill: (values: Of) => void;
  /** Where the form stays open: the record as it was saved, from which further changes count. */
  openedOf?: (saved: Saved) => Opened<Of>;
}

/** What somebody else changed while the form was open. */
export interface Meanwhile<Of> extends Joined<Of> {
  theirs: Of;
  /** ISO 8601. */
  at: string | null;
}

/** Saving a form that others may be editing too. A refusal loses nothing: their changes of other fields are joined with
 * what is in the form, and what both changed is told; saving again then overwrites what has been shown. Where they changed
 * nothing that the form holds, there is nothing to tell, and it is saved. */
export function useEdit<Of extends Values, Saved>({ opened, send, fresh, fill, openedOf }: EditOptions<Of, Saved>) {
  const [base, setBase] = useState(opened);
  const [meanwhile, setMeanwhile] = useState<Meanwhile<Of> | null>(null);
  const [pending, setPending] = useState(false);

  const attempt = async (mine: Of, from: Opened<Of>, then: Then<Saved>): Promise<void> => {
    let saved: Saved;
    try {
      saved = await send(mine, changed(from.values, mine), from.version);
    } catch (error) {
      if (!isOutdated(error)) throw error;
      const now = await fresh();
      const joined = join(from.values, mine, now.values);
      const isTold = joined.taken.length > 0 || joined.disputed.length > 0;
      if (!isTold && now.version !== from.version) return attempt(mine, now, then);
      const at = error.faults[0]?.meta.updated;
      setBase(now);
      setMeanwhile({ ...joined, theirs: now.values, at: typeof at === "string" ? at : null });
      fill(joined.values);
      return;
    }
    if (openedOf) setBase(openedOf(saved));
    setMeanwhile(null);
    then.onSuccess(saved);
  };

  const save = (values: Of, then: Then<Saved>) => {
    setPending(true);
    attempt(values, base, then)
      .catch(then.onError)
      .finally(() => setPending(false));
  };

  /** Drops what is in the form for what the other saved. */
  const take = () => {
    fill(base.values);
    setMeanwhile(null);
  };

  return { save, pending, meanwhile, take, isChanged: (values: Of) => changed(base.values, values).length > 0 };
}
