import { useState, type FormEvent } from "react";
import { flat, nested } from "./flat";
import { markFaults, type Marked } from "./faults";
import type { Values } from "./join";
import type { Submission } from "./submit";
import { useEdit, type Opened } from "./useEdit";

/** What this needs of a form of `@mantine/form`. */
interface Edited<Draft> extends Marked {
  setValues: (values: Draft) => void;
  onSubmit: (send: (values: Draft) => void, refuse: (errors: object) => void) => (event?: FormEvent<HTMLFormElement>) => void;
}

interface FormEditOptions<Draft, Saved> {
  form: Edited<Draft>;
  opened: Opened<Draft>;
  /** `changes`: what differs from what was opened, in its groups. */
  send: (change: { changes: Partial<Draft>; version: string | undefined }) => Promise<Saved>;
  fresh: () => Promise<Saved>;
  openedOf: (saved: Saved) => Opened<Draft>;
  /** The form's values as fields that are joined one by one; without, each that holds no more fields is one. */
  parts?: { flat: (draft: Draft) => Values; nested: (fields: Values, names?: readonly string[]) => Values };
  done?: (saved: Saved) => void;
}

/** A form that stays open once it is saved, and that others may be saving too (`useEdit`). `edit` is for `Changed`,
 * `submission` for `Foot`. */
export function useFormEdit<Draft extends object, Saved>({ form, opened, send, fresh, openedOf, parts, done }: FormEditOptions<Draft, Saved>) {
  const { flat: fieldsOf, nested: draftOf } = parts ?? { flat, nested };
  const [rest, setRest] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const asFields = ({ values, version }: Opened<Draft>) => ({ values: fieldsOf(values), version });
  const edit = useEdit<Values, Saved>({
    opened: asFields(opened),
    send: (fields, names, version) => send({ changes: draftOf(fields, names) as Partial<Draft>, version }),
    fresh: async () => asFields(openedOf(await fresh())),
    fill: (fields) => form.setValues(draftOf(fields) as Draft),
    openedOf: (saved) => asFields(openedOf(saved)),
    onSaved: (saved) => {
      setSaved(true);
      done?.(saved);
    },
    onError: (error) => setRest(markFaults(form, error)),
  });
  const onSubmit = form.onSubmit(
    (draft) => {
      setRest(null);
      setSaved(false);
      edit.save(fieldsOf(draft));
    },
    (errors) => form.getInputNode(Object.keys(errors)[0] ?? "")?.focus(),
  );
  const submission: Submission = { onSubmit, rest, isSaved, isPending: edit.pending };
  return { edit, submission };
}
