/** What a tick came to. */
export const decisions = ["advance", "hold", "pause", "rollback", "promote"] as const;
export type Decision = (typeof decisions)[number];
