/** Milliseconds between two looks at the same thing. */

/** Something that is moving. */
export const LIVE = 2_000;
/** Something that changes now and then. */
export const CALM = 15_000;
/** How long an answer that hardly changes is good. */
export const MINUTE = 60_000;
