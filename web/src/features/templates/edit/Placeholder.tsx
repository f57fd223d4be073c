import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Editor.module.css";

/** Where the canvas can't show what the mail will. */
export function Placeholder({ icon: Icon, children }: { icon: Icon; children: ReactNode }) {
  return (
    <div className={classes.placeholder}>
      <Icon size={20} aria-hidden />
      <span>{children}</span>
    </div>
  );
}
