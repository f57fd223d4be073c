/** Tags of the template language as elements, so that a text editor keeps them whole, and back. */

const TAG = /\{\{.*?\}\}|\{%.*?%\}/gs;

/** The name of the element that stands for a tag while it is edited. */
export const ELEMENT = "rapport-tag";

/** Those within a tag of HTML (as in an address) stay as they are: an attribute is kept anyway. */
export function toTags(html: string): string {
  return pieces(html)
    .map(({ text, isMarkup }) => (isMarkup ? text : text.replace(TAG, (code) => `<${ELEMENT} data-code="${quoted(code)}"></${ELEMENT}>`)))
    .join("");
}

const WRITTEN = new RegExp(`<${ELEMENT} data-code="([^"]*)"></${ELEMENT}>`, "g");

export function fromTags(html: string): string {
  return html
    .replace(WRITTEN, (_, code: string) => unquoted(code))
    // the editor puts a paragraph into each item of a list, and an empty one has no height in a mail
    .replace(/<li><p>((?:(?!<\/?p[ >]).)*)<\/p><\/li>/gs, "<li>$1</li>")
    .replace(/<p><\/p>/g, "<p>&nbsp;</p>");
}

/** Markup and what stands between; a tag of the language may hold `<` and `>`. */
function pieces(html: string): { text: string; isMarkup: boolean }[] {
  const found: { text: string; isMarkup: boolean }[] = [];
  let rest = 0;
  for (const match of html.matchAll(/<\/?[a-zA-Z!](?:\{\{.*?\}\}|\{%.*?%\}|[^>])*>/gs)) {
    // one that begins within a tag of the language is no markup
    if (match.index < rest) continue;
    found.push({ text: html.slice(rest, match.index), isMarkup: false }, { text: match[0], isMarkup: true });
    rest = match.index + match[0].length;
  }
  return [...found, { text: html.slice(rest), isMarkup: false }];
}

const quoted = (code: string) => code.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const unquoted = (code: string) => code.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");
