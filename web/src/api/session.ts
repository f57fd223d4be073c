/** Who is signed in, and where. */

import { useQuery } from "@tanstack/react-query";
import { ask, keyOf } from "./ask";

export const SESSION = keyOf("get_session");

export const useSession = () => useQuery(ask("get_session"));
