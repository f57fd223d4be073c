import { versionOf } from "../../../api/client";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { useFreshThing, useSaveThing, type Kind, type Thing } from "./queries";

type FormEdit<Draft extends object, Saved> = Parameters<typeof useFormEdit<Draft, Saved>>[0];

interface ThingEdit<Of extends Kind, Draft extends object> extends Pick<FormEdit<Draft, Thing<Of>>, "form" | "parts"> {
  kind: Of;
  /** As it was opened; none: a new one. */
  thing: Thing<Of> | null;
  valuesOf: (attributes: Thing<Of>["data"]["attributes"]) => Draft;
  done: () => void;
}

/** The form of one thing of the brand. */
export function useThingEdit<Of extends Kind, Draft extends object>({ kind, thing, valuesOf, ...rest }: ThingEdit<Of, Draft>) {
  const id = thing?.data.id;
  const openedOf = (document: Thing<Of>) => ({ values: valuesOf(document.data.attributes), version: versionOf(document) });
  return useFormEdit<Draft, Thing<Of>>({
    ...rest,
    opened: thing && openedOf(thing),
    send: useSaveThing<Of, Draft>(kind, id).mutateAsync,
    fresh: useFreshThing(kind, id ?? ""),
    openedOf,
  });
}
