/** A release's record, read over the API page by page. */
import type { Past } from "../sim/replay.ts";
import type { Client } from "./client.ts";

export async function pastOver(client: Client, signal: AbortSignal): Promise<Past> {
  const { beginningSchema, commitListSchema } = await import("../http/wire-study.ts");
  const path = (name: string, what: string) => `/v1/rollouts/${encodeURIComponent(name)}/${what}`;
  const beginningOf = async (name: string, release: number) =>
    beginningSchema.parse(await client.read(path(name, "beginning"), { release }, signal));
  let documents: Awaited<ReturnType<Past["documents"]>> = [];
  return {
    async commits(name, { release, after, limit }) {
      return commitListSchema.parse(await client.read(path(name, "commits"), { release, after, limit }, signal))
        .commits;
    },
    async measurements(name, { release, after, limit }) {
      // before the first release nothing is measured
      if (release === 0) return [];
      const answer = await client.read(path(name, "measurements"), { release, after, limit }, signal);
      return (answer as { measurements: Awaited<ReturnType<Past["measurements"]>> }).measurements;
    },
    async beginning(name, release) {
      const found = await beginningOf(name, release);
      documents = found.documents.map(({ version, document }) => ({ version, document }));
      return { version: found.version, status: found.status as never };
    },
    // they come with the beginning, which is asked for first
    documents: async () => documents,
    // the API does not hand out a whole status; the prints of the last commit say as much
    load: async () => null,
  };
}
