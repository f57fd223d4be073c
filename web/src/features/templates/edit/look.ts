import { Extension } from "@tiptap/core";

/** What other extensions keep of a style by names of their own. */
const KNOWN: Record<string, readonly string[]> = {
  paragraph: ["text-align"],
  heading: ["text-align"],
  textStyle: ["color", "font-size", "font-family", "background-color"],
  link: [],
};

/** Keeps what else an author said of how a paragraph, heading, link or stretch of text looks, such as the space between
 * letters, and what a link is called for those who hear it. */
export const Look = Extension.create({
  name: "look",
  addGlobalAttributes: () => [
    ...Object.entries(KNOWN).map(([type, known]) => ({
      types: [type],
      attributes: {
        look: {
          default: null,
          parseHTML: (element: HTMLElement) => restOf(element, known),
          renderHTML: ({ look }: { look?: string | null }) => (look ? { style: look } : {}),
        },
      },
    })),
    {
      types: ["link"],
      attributes: {
        label: {
          default: null,
          parseHTML: (element: HTMLElement) => element.getAttribute("aria-label"),
          renderHTML: ({ label }: { label?: string | null }) => (label ? { "aria-label": label } : {}),
        },
      },
    },
  ],
});

function restOf(element: HTMLElement, known: readonly string[]): string | null {
  const rest = element.style.cssText
    .split(";")
    .map((each) => each.trim())
    .filter((each) => each !== "" && !known.includes(each.split(":")[0]?.trim() ?? ""));
  return rest.length > 0 ? `${rest.join("; ")};` : null;
}
