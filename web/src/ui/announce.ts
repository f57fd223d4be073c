/** What is said to everybody: shown for a moment, and read out by screen readers from the one live region of the page. */

export interface Said {
  text: string;
  /** Read out only; it is seen elsewhere. */
  quiet: boolean;
  /** So that the same words are said again. */
  number: number;
}

type Listener = () => void;

let said: Said = { text: "", quiet: true, number: 0 };
const listeners = new Set<Listener>();

export function announce(text: string, { quiet = false }: { quiet?: boolean } = {}): void {
  said = { text, quiet, number: said.number + 1 };
  for (const listener of listeners) listener();
}

export const lastSaid = (): Said => said;

export function onSaid(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
