/** What every section of the composer is given. */

import type { Draft } from "./document";
import type { Problem } from "../../../editor/save";

export interface PartProps {
  draft: Draft;
  /** `urgent`: for what is chosen rather than typed. */
  change: (changes: Partial<Draft>, urgent?: boolean) => void;
  /** What the server refused of the field. */
  fault: (field: string) => string | undefined;
}

export function faultOf(problems: readonly Problem[], field: string): string | undefined {
  return problems.find(({ pointer }) => pointer === `/data/attributes/${field}` || pointer?.startsWith(`/data/attributes/${field}/`))?.detail;
}
