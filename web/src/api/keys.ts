/** Names of what is cached. */
export const keys = {
  fleet: ["fleet"] as const,
  overview: (name: string) => ["overview", name] as const,
  /** Everything that follows from a rollout's journal: asked for again when there is a new entry. */
  derived: (name: string) => ["derived", name] as const,
  releases: (name: string) => ["derived", name, "releases"] as const,
  story: (name: string, release: number) => ["derived", name, "story", release] as const,
  allReleases: ["releases"] as const,
  why: (name: string, seq: number) => ["why", name, seq] as const,
  series: (name: string, release: number) => ["series", name, release] as const,
  /** Grows with the series, and is asked for again with it. */
  exposure: (name: string, release: number) => ["series", name, release, "exposure"] as const,
  session: ["session"] as const,
};
