/** Addresses as people paste them: one a line, or by commas, or as a mail program writes them ("Ann <ann@example.com>"). */

export interface Pasted {
  addresses: string[];
  /** What is no address. */
  unread: string[];
}

const ADDRESS = /^[^\s@<>"']+@[^\s@<>"']+\.[^\s@<>"'.]{2,}$/;

export function addressesIn(text: string): Pasted {
  const addresses = new Map<string, string>();
  const unread: string[] = [];
  for (const piece of text.split(/[\n\r,;\t]+/)) {
    for (const word of wordsOf(piece.trim())) {
      if (ADDRESS.test(word)) addresses.set(word.toLowerCase(), addresses.get(word.toLowerCase()) ?? word);
      else unread.push(word);
    }
  }
  return { addresses: [...addresses.values()], unread };
}

/** An address in angle brackets, with any name before it; else whatever blanks part. */
function wordsOf(piece: string): string[] {
  const bracketed = /<([^<>]*)>\s*$/.exec(piece);
  if (bracketed) return [(bracketed[1] ?? "").trim()];
  const words = piece.split(/\s+/).filter(Boolean);
  // words without an address among them are one thing that could not be read
  return words.length > 1 && !words.some((word) => word.includes("@")) ? [piece] : words;
}
