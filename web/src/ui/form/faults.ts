import { ApiProblem } from "../../api/client";

/** What this needs of a form of `@mantine/form`. */
export interface Marked {
  getValues: () => object;
  setErrors: (errors: Record<string, string>) => void;
  getInputNode: (field: string) => HTMLElement | null;
}

/** Marks the fields of a form with what the server said of them, by the pointers of its errors, and goes to the first.
 * Answers what belongs to no field. */
export function markFaults(form: Marked, error: Error): string | null {
  const faults = error instanceof ApiProblem ? error.faults : [];
  if (faults.length === 0) return error.message;
  const values = form.getValues();
  const errors: Record<string, string> = {};
  const rest: string[] = [];
  for (const { pointer, detail } of faults) {
    const field = fieldOf(pointer, values);
    if (field !== null) errors[field] ??= detail;
    else rest.push(detail);
  }
  form.setErrors(errors);
  const first = Object.keys(errors)[0];
  if (first) form.getInputNode(first)?.focus();
  return rest.length > 0 ? rest.join(" ") : null;
}

/** `/data/attributes/locations/0/name` → `locations.0.name`, as deep as the form has fields; a relationship goes by its
 * name. */
function fieldOf(pointer: string | null, values: object): string | null {
  const found = /^\/data\/(?:attributes|relationships)\/(.+)/.exec(pointer ?? "");
  const steps = found?.[1]?.split("/").map((step) => step.replace(/-/g, "_")) ?? [];
  const path: string[] = [];
  let here: unknown = values;
  for (const step of steps) {
    if (!holds(here, step)) break;
    path.push(step);
    here = here[step];
  }
  return path.length > 0 ? path.join(".") : null;
}

/** Whether `step` leads to a field or to more fields; the items of a list of plain values are one field together. */
function holds(here: unknown, step: string): here is Record<string, unknown> {
  if (typeof here !== "object" || here === null || !(step in here)) return false;
  return !Array.isArray(here) || typeof here[Number(step)] === "object";
}
