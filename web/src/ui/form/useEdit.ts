import { useState } from "react";
import { ApiProblem } from "../../api/client";
import { changed, join, type Joined, type Values } from "./join";

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
  onSaved: (saved: Saved) => void;
  onError: (error: Error) => void;
}

/** What somebody else changed while the form was open. */
export interface Meanwhile<Of> extends Joined<Of> {
  theirs: Of;
  /** ISO 8601. */
  at: string | null;
}

/** Saving a form that others may be editing too. A refusal loses nothing: their changes of other fields are joined with
 * what is in the form, and what both changed is told; saving again then overwrites what has been shown. */
export function useEdit<Of extends Values, Saved>({ opened, send, fresh, fill, onSaved, onError }: EditOptions<Of, Saved>) {
  const [base, setBase] = useState(opened);
  const [meanwhile, setMeanwhile] = useState<Meanwhile<Of> | null>(null);
  const [pending, setPending] = useState(false);

  const joinTheirs = async (mine: Of, error: ApiProblem) => {
    const now = await fresh();
    const joined = join(base.values, mine, now.values);
    const at = error.faults[0]?.meta.updated;
    setBase(now);
    setMeanwhile({ ...joined, theirs: now.values, at: typeof at === "string" ? at : null });
    fill(joined.values);
  };

  const attempt = async (mine: Of) => {
    try {
      onSaved(await send(mine, changed(base.values, mine), base.version));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412) await joinTheirs(mine, error);
      else throw error;
    }
  };

  const save = (values: Of) => {
    setPending(true);
    attempt(values)
      .catch(onError)
      .finally(() => setPending(false));
  };

  /** Drops what is in the form for what the other saved. */
  const take = () => {
    fill(base.values);
    setMeanwhile(null);
  };

  return { save, pending, meanwhile, take, isChanged: (values: Of) => changed(base.values, values).length > 0 };
}
