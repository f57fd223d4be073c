import type { ReactNode } from "react";
import classes from "./Brand.module.css";
import { cssOf, type ButtonLook } from "./queries";

/** A button as e-mails show it. */
export function ButtonPreview({ of: { style, border, spacing, text }, children }: { of: ButtonLook; children: ReactNode }) {
  return (
    <span
      className={classes.button}
      style={{
        ...cssOf(text),
        background: style.background_color,
        borderRadius: style.border_radius,
        boxShadow: style.is_shadow_active ? style.box_shadow : "none",
        border: border.is_border_active ? `${border.border_width}px ${border.border_style} ${border.border_color}` : "none",
        padding: `${spacing.padding_top}px ${spacing.padding_right}px ${spacing.padding_bottom}px ${spacing.padding_left}px`,
        lineHeight: 1.2,
      }}
    >
      {children}
    </span>
  );
}
