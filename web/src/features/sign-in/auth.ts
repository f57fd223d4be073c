/** What the sign-in pages ask of the server. */

import { queryOptions } from "@tanstack/react-query";
import { ApiProblem, get, post } from "../../api/client";

interface Ways {
  /** Whether links can be mailed. */
  mail: boolean;
  /** What the provider of single sign-on is called, if there is one. */
  oidc: string | null;
}

export const ways = queryOptions({ queryKey: ["ways in"], queryFn: ({ signal }) => get<Ways>("/auth/ways", signal), staleTime: Infinity });

export const byPassword = (email: string, password: string, code: string) => post("/auth/password", { email, password, code });

export const byLink = (token: string, code: string) => post("/auth/link", { token, code });

export const sendLink = (email: string) => post("/auth/send-link", { email });

export const sendPasswordLink = (email: string) => post("/auth/send-password-link", { email });

export const setPassword = (token: string, password: string) => post("/auth/new-password", { token, password });

export const confirmEmail = (token: string) => post<{ email: string }>("/auth/confirm-email", { token });

export interface Invitation {
  account: string;
  email: string;
  role: string;
  invited_by: string;
  /** Whether they have a password here already, which they then prove. */
  known: boolean;
}

export const invitation = (token: string) =>
  queryOptions({ queryKey: ["invitation", token], queryFn: () => post<Invitation>("/auth/invitation", { token }), retry: false });

export const accept = (token: string, fields: { name: string; password: string; code: string }) => post("/auth/accept", { token, ...fields });

/** Whether this browser knows passkeys, in the form in which the server speaks of them. */
export const hasPasskeys = typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

export async function byPasskey(): Promise<unknown> {
  const { state, options } = await post<{ state: string; options: PublicKeyCredentialRequestOptionsJSON }>("/auth/passkey-options", {});
  const answer = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  if (!(answer instanceof PublicKeyCredential)) throw new Error("No passkey was chosen.");
  return post("/auth/passkey", { state, credential: answer.toJSON() as object });
}

/** Whether the password was right and a code is needed besides. */
export const needsCode = (error: unknown): boolean => error instanceof ApiProblem && error.faults[0]?.code === "code_needed";

/** What went wrong, in a sentence. */
export function reasonOf(error: unknown): string {
  if (error instanceof DOMException) return "No passkey was used. Try again, or sign in another way.";
  return error instanceof Error ? error.message : "Something unexpected happened.";
}

const REFUSALS: Record<string, string> = {
  stale: "Signing in took too long, or began in another window. Try again.",
  refused: "The provider did not sign you in.",
  provider: "The provider did not answer as it should. Try again later, or sign in another way.",
  unverified: "The provider does not vouch for your e-mail address. Ask who runs it.",
  uninvited: "Nobody has invited you yet. Ask who runs the account for an invitation.",
  no_account: "You are in no team any more. Ask who runs the account to invite you again.",
};

/** Why the provider of single sign-on sent somebody back. */
export const refusalOf = (reason: string): string => REFUSALS[reason] ?? "You were not signed in.";

/** Where to go after signing in: a page of this server, whatever the address says. */
export function nextOf(query: URLSearchParams): string {
  const next = query.get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
