/** Who is signed in, and where. */

import { useQuery } from "@tanstack/react-query";
import { useAccount } from "./account";
import { ask, keyOf, type OperationId } from "./ask";
import { facts } from "./facts";
import type { Session } from "./types";

export const SESSION = keyOf("get_session");

export const useSession = () => useQuery(ask("get_session"));

/** Whether whoever is signed in may do this: menus hide what they may not, and buttons say who may. */
export const useMay = (operation: OperationId): boolean => may(useAccount(), operation);

export function may({ permissions }: Session, operation: OperationId): boolean {
  return permissions === null || facts[operation].scopes.every((scope) => permissions.includes(scope));
}
