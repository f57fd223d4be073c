import DOMPurify from "dompurify";
import { useMemo, type CSSProperties } from "react";
import classes from "./Editor.module.css";

/** HTML of a template as it is drawn on the canvas: without what runs, loads or leads anywhere. */
export function Html({ html, style }: { html: string; style?: CSSProperties }) {
  const cleaned = useMemo(() => cleanedOf(html), [html]);
  return <div className={classes.rich} style={style} dangerouslySetInnerHTML={{ __html: cleaned }} />;
}

function cleanedOf(html: string): string {
  const page = DOMPurify.sanitize(html, { FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select"], RETURN_DOM_FRAGMENT: true });
  // looked at, not followed: the canvas has one tab stop
  page.querySelectorAll("a").forEach((link) => link.removeAttribute("href"));
  const holder = document.createElement("div");
  holder.append(page);
  return holder.innerHTML;
}
