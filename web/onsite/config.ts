/** What the server hands over with the script: the account's public key, and where to send to. */
export interface Config {
  company: string;
  server: string;
}

export type Json = Record<string, unknown>;

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** Storage can be switched off, full, or written by somebody else: then there is nothing. */
export function stored<T>(store: () => Storage, key: string, read: (text: string) => T): T | null {
  try {
    const text = store().getItem(key);
    return text === null ? null : read(text);
  } catch {
    return null;
  }
}

/** False when the browser doesn't keep it. */
export function store(where: () => Storage, key: string, text: string | null): boolean {
  try {
    if (text === null) where().removeItem(key);
    else where().setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export const local = (): Storage => window.localStorage;
export const session = (): Storage => window.sessionStorage;
