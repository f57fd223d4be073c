/** As wide as its words, with room for the arrow: a control in a sentence is a word of it. */
export function widthOf(text: string, least = 5): string {
  return `calc(${Math.min(Math.max(text.length, least), 40)} * 0.92ch + 46px)`;
}
