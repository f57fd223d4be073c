import { flat, nested } from "./flat";
import type { Values } from "./join";
import { useSubmit, type Submitted } from "./submit";
import { useEdit, type Opened } from "./useEdit";

/** What this needs of a form of `@mantine/form`. */
interface Edited<Draft> extends Submitted<Draft> {
  setValues: (values: Draft) => void;
}

/** What differs from what was opened, in its groups, and the version of that. */
export interface Change<Draft> {
  changes: Partial<Draft>;
  version: string | undefined;
}

interface FormEditOptions<Draft, Saved> {
  form: Edited<Draft>;
  /** None: what isn't there yet, and of which everything is sent. */
  opened: Opened<Draft> | null;
  send: (change: Change<Draft>) => Promise<Saved>;
  fresh: () => Promise<Saved>;
  openedOf: (saved: Saved) => Opened<Draft>;
  /** The form's values as fields that are joined one by one; without, each that holds no more fields is one. */
  parts?: { flat: (draft: Draft) => Values; nested: (fields: Values, names?: readonly string[]) => Values };
  done?: (saved: Saved) => void;
}

/** A form that others may be saving too (`useEdit`), and that may stay open once it is saved. `edit` is for `Changed`,
 * `submission` for `Foot`. */
export function useFormEdit<Draft extends object, Saved>({ form, opened, send, fresh, openedOf, parts, done }: FormEditOptions<Draft, Saved>) {
  const { flat: fieldsOf, nested: draftOf } = parts ?? { flat, nested };
  const asFields = ({ values, version }: Opened<Draft>) => ({ values: fieldsOf(values), version });
  const edit = useEdit<Values, Saved>({
    opened: opened ? asFields(opened) : { values: {}, version: undefined },
    send: (fields, names, version) => send({ changes: draftOf(fields, names) as Partial<Draft>, version }),
    fresh: async () => asFields(openedOf(await fresh())),
    fill: (fields) => form.setValues(draftOf(fields) as Draft),
    openedOf: (saved) => asFields(openedOf(saved)),
  });
  const submission = useSubmit<Draft, Saved>(form, { mutate: (draft, then) => edit.save(fieldsOf(draft), then), isPending: edit.pending }, done);
  return { edit, submission };
}
