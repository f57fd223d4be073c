import { useState, type FormEvent } from "react";
import { markFaults, type Marked } from "./faults";

/** What this needs of a form of `@mantine/form`. */
export interface Submitted<Values> extends Marked {
  onSubmit: (send: (values: Values) => void, refuse: (errors: object) => void) => (event?: FormEvent<HTMLFormElement>) => void;
}

export interface Then<Saved> {
  onSuccess: (saved: Saved) => void;
  onError: (error: Error) => void;
}

/** What this needs of a change (`api/ask`). */
interface Sender<Values, Saved> {
  mutate: (values: Values, then: Then<Saved>) => void;
  isPending: boolean;
}

/** How sending a form stands. `rest`: what the server refused that belongs to no field. */
export interface Submission {
  onSubmit: (event?: FormEvent<HTMLFormElement>) => void;
  rest: string | null;
  isSaved: boolean;
  isPending: boolean;
}

/** Sends a form. What is refused stands at its field, and the first such field has the focus. */
export function useSubmit<Values, Saved>(form: Submitted<Values>, save: Sender<Values, Saved>, done?: (saved: Saved) => void): Submission {
  const [rest, setRest] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const onSubmit = form.onSubmit(
    (values) => {
      setRest(null);
      setSaved(false);
      save.mutate(values, {
        onSuccess: (saved) => {
          setSaved(true);
          done?.(saved);
        },
        onError: (error) => setRest(markFaults(form, error)),
      });
    },
    (errors) => form.getInputNode(Object.keys(errors)[0] ?? "")?.focus(),
  );
  return { onSubmit, rest, isSaved, isPending: save.isPending };
}
