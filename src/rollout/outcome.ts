/** How a release ended. `undecided`: a deadline passed without enough evidence. `passed`: a shadow release that ends without promotion. */
export const outcomes = ["promoted", "rolledBack", "aborted", "undecided", "unmeasurable", "passed"] as const;
export type Outcome = (typeof outcomes)[number];
