import type { ReactNode } from "react";
import type { OperationId } from "../api/ask";
import { useMay } from "../api/session";

/** A link or button for those whose role holds what it does; others are not shown a way to a refusal. */
export function Offered({ by, children }: { by: OperationId; children: ReactNode }) {
  return useMay(by) ? children : null;
}
