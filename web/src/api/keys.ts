/** Names of what is cached. */
export const keys = {
  fleet: ["fleet"] as const,
  overview: (name: string) => ["overview", name] as const,
  journal: (name: string) => ["journal", name] as const,
  /** Everything that follows from a rollout's journal and measurements. */
  derived: (name: string) => ["derived", name] as const,
  releases: (name: string) => ["derived", name, "releases"] as const,
  series: (name: string, release: number) => ["series", name, release] as const,
  session: ["session"] as const,
};
