/** What was heard of an arm's backends; null when nobody was asked. */
export type Readiness = { readonly ready: boolean; readonly reason?: string } | null;
