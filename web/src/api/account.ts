import { createContext, useContext } from "react";
import type { Session } from "./types";

export const AccountContext = createContext<Session | null>(null);

/** The account that is signed in. Only used below the shell, which shows nothing before there is one. */
export function useAccount(): Session {
  const account = useContext(AccountContext);
  if (!account) throw new Error("useAccount needs the shell around it");
  return account;
}
