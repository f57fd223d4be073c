import classes from "./Builder.module.css";

/** How a gap that is still open looks: what is not written yet is no mistake, so it is marked and not red. */
export function gap(open: boolean) {
  return open ? { error: true, withErrorStyles: false, classNames: { wrapper: classes.open ?? "", input: classes.gap ?? "" } } : {};
}
