/**
 * How the options of a control in a sentence open: as wide as they are, and only there while they are open, for a long
 * definition has hundreds of controls.
 */
export const MENU = {
  width: "max-content",
  position: "bottom-start",
  keepMounted: false,
  middlewares: { flip: true, shift: { padding: 8 } },
  styles: { dropdown: { maxWidth: "calc(100vw - 16px)" } },
} as const;
