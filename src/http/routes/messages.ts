/** Trying out whoever is told of a rollout: one message that is marked as a test, to each of them. */
import { z } from "zod";
import type { JournalEntry } from "../../engine/ports.ts";
import { asSerinError, SerinError } from "../../errors.ts";
import type { Telling } from "../deps.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { testRequestSchema, testResultSchema, type TestResult } from "../wire-messages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

/** A notifier waits a minute at most; two requests of one are the most that a test takes. */
const PATIENCE_MS = 130_000;

export function messageRoutes(app: App, { deps, closing }: Wiring): void {
  app.route({
    method: "POST",
    url: `${PREFIX}/rollouts/:name/notifications/test`,
    config: { role: "act", reads: "json" },
    handlerTimeout: PATIENCE_MS,
    schema: {
      tags: ["events"],
      operationId: "testNotifications",
      summary: "Sends a message that is marked as a test through each notification, and says which of them arrived",
      params: z.strictObject({ name: nameSchema }),
      body: testRequestSchema,
      response: { 200: testResultSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, body: { only }, caller }): Promise<TestResult> => {
      const { spec, status } = await loaded(deps, name);
      const probes = chosen(name, deps.telling?.probes(spec) ?? [], only);
      const event = { type: "test", at: deps.now(), release: status.release, by: caller.name } as const;
      const entry: JournalEntry = { seq: 0, rollout: name, event };
      return { rollout: name, tried: await Promise.all(probes.map((probe) => tryOut(probe, entry, closing))) };
    },
  });
}

type Probe = ReturnType<Telling["probes"]>[number];

/** Throws NOT_FOUND, CONFLICT. */
function chosen(rollout: string, probes: readonly Probe[], only: string | undefined): readonly Probe[] {
  if (probes.length === 0) throw new SerinError("CONFLICT", `${rollout} has no notifications: nobody is told of it`);
  if (only === undefined) return probes;
  const found = probes.filter(({ name }) => name === only);
  if (found.length > 0) return found;
  const names = probes.map(({ name }) => name).join(", ");
  throw new SerinError("NOT_FOUND", `${rollout} has no notification named ${only}; it has ${names}`);
}

async function tryOut(probe: Probe, entry: JournalEntry, closing: AbortSignal): Promise<TestResult["tried"][number]> {
  const thrown = await probe.send(entry, closing).then(() => null, asSerinError);
  return { notification: probe.name, arrived: thrown === null, message: thrown?.message ?? null };
}
