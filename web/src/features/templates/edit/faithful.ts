/** Whether the text editor gives a text back as it was: what its schema lacks, it would drop. Such a text is edited as code. */

import { generateHTML, generateJSON } from "@tiptap/core";
import { EXTENSIONS } from "./extensions";
import { fromTags, toTags } from "./tags";

const known = new Map<string, boolean>();

export function losesNothing(html: string): boolean {
  const before = known.get(html);
  if (before !== undefined) return before;
  const after = compared(html) === compared(fromTags(generateHTML(generateJSON(toTags(html), EXTENSIONS), EXTENSIONS)));
  if (known.size > 200) known.clear();
  known.set(html, after);
  return after;
}

const SAME: Record<string, string> = { B: "strong", I: "em", DEL: "s", STRIKE: "s" };

/** The same for what differs only in how it is written. */
function compared(html: string): string {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const lines: string[] = [];
  const visit = (node: Node, depth: number): void => {
    if (node instanceof Text) {
      const text = (node.textContent ?? "").replace(/\s+/g, " ").trim();
      if (text) lines.push(`${depth} ${text}`);
    } else if (node instanceof Element) {
      const isWrap = node.tagName === "P" && node.parentElement?.tagName === "LI";
      // text that lies in nothing becomes a paragraph
      if (!isWrap) lines.push(`${depth} <${SAME[node.tagName] ?? node.tagName.toLowerCase()} ${attributesOf(node)}>`);
      node.childNodes.forEach((child) => visit(child, isWrap ? depth : depth + 1));
    }
  };
  body.childNodes.forEach((child) => visit(child, 0));
  return lines.join("\n");
}

function attributesOf(element: Element): string {
  return [...element.attributes]
    .map(({ name, value }) => (name === "style" ? `style=${(element as HTMLElement).style.cssText.split(";").map((each) => each.trim()).filter(Boolean).sort().join(";")}` : `${name}=${value}`))
    .sort()
    .join(" ");
}
