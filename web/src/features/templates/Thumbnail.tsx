import { asSeen } from "../messages";
import classes from "./Templates.module.css";

/** A mail made small; nothing in it can be reached. */
export function Thumbnail({ html }: { html: string }) {
  return (
    <span className={classes.thumbnail} aria-hidden>
      <iframe title="Preview" sandbox="" tabIndex={-1} loading="lazy" srcDoc={asSeen(html)} />
    </span>
  );
}
