import { Node } from "@tiptap/core";
import { ELEMENT } from "./tags";

/** A tag of the template language as one thing in a text: it can be moved and deleted, not broken. */
export const Tag = Node.create({
  name: "tag",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ code: { default: "", parseHTML: (element) => element.getAttribute("data-code"), renderHTML: ({ code }: { code?: string }) => ({ "data-code": code }) } }),
  parseHTML: () => [{ tag: ELEMENT }],
  renderHTML: ({ HTMLAttributes }) => [ELEMENT, HTMLAttributes],
  addNodeView:
    () =>
    ({ node }) => {
      const dom = document.createElement("code");
      dom.textContent = String(node.attrs.code);
      dom.contentEditable = "false";
      return { dom };
    },
});
