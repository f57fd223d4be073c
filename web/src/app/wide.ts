/** The handle of routes whose page needs the whole width, as an editor with a canvas does: the navigation is a rail then. */
export const WIDE = { isWide: true } as const;
