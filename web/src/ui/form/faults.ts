import { ApiProblem } from "../../api/client";

/** What this needs of a form of `@mantine/form`. */
interface Marked {
  getValues: () => object;
  setErrors: (errors: Record<string, string>) => void;
  getInputNode: (field: string) => HTMLElement | null;
}

/** Marks the fields of a form with what the server said of them, by the pointers of its errors, and goes to the first.
 * Answers what belongs to no field. */
export function markFaults(form: Marked, error: Error): string | null {
  const faults = error instanceof ApiProblem ? error.faults : [];
  if (faults.length === 0) return error.message;
  const known = form.getValues();
  const errors: Record<string, string> = {};
  const rest: string[] = [];
  for (const { pointer, detail } of faults) {
    const field = fieldOf(pointer);
    if (field !== null && field in known) errors[field] ??= detail;
    else rest.push(detail);
  }
  form.setErrors(errors);
  const first = Object.keys(errors)[0];
  if (first) form.getInputNode(first)?.focus();
  return rest.length > 0 ? rest.join(" ") : null;
}

/** `/data/attributes/locations/0/name` → `locations`; a relationship goes by its name. */
function fieldOf(pointer: string | null): string | null {
  const found = /^\/data\/(?:attributes|relationships)\/([^/]+)/.exec(pointer ?? "");
  return found?.[1]?.replace(/-/g, "_") ?? null;
}
