/** The settings that sources over HTTP share, and the asker that they come to. */
import type { z } from "zod";
import { durationFrom } from "../../rollout/amounts.ts";
import type { MetricSourceDeps } from "../source.ts";
import { createAsker, type Asker, type Prover } from "./asker.ts";
import { authSchema, headersSchema, proverOf } from "./proof.ts";
import { tlsFetch, tlsSchema } from "./tls.ts";

export const timeoutSchema = durationFrom(100)
  .refine((ms) => ms <= 60_000, "expected at most 1m")
  .prefault("5s")
  .describe("how long an answer may take");

/** Of services with keys of their own. */
export const plainShape = {
  tls: tlsSchema.optional().describe("certificates of one's own"),
  timeout: timeoutSchema,
};

/** Of what anybody may run anywhere. */
export const httpShape = {
  headers: headersSchema,
  auth: authSchema.optional().describe("how Serin proves who it is"),
  ...plainShape,
};

export interface Plain {
  readonly address: string;
  readonly tls?: z.output<typeof tlsSchema> | undefined;
  readonly timeout: number;
}

interface Proving extends Plain {
  readonly headers: z.output<typeof headersSchema>;
  readonly auth?: z.output<typeof authSchema> | undefined;
}

/** Whom a sentence names: the address without what stands behind its host. */
export const whomOf = (name: string, address: string): string => `${name} at ${new URL(address).origin}`;

export const fetchOf = ({ tls }: Pick<Plain, "tls">, deps: MetricSourceDeps): typeof fetch =>
  tls === undefined ? deps.fetch : tlsFetch(tls, deps.readFile);

type Words = (text: string) => string | null;

export function askerOf(name: string, settings: Proving, deps: MetricSourceDeps, words: Words): Asker {
  const fetch = fetchOf(settings, deps);
  return askerWith(name, settings, { ...deps, fetch }, words, proverOf(settings, { ...deps, fetch }));
}

export function askerWith(
  name: string,
  { address, timeout }: Plain,
  { fetch, now }: Pick<MetricSourceDeps, "fetch" | "now">,
  words: Words,
  prover: Prover,
): Asker {
  return createAsker({ whom: whomOf(name, address), fetch, timeoutMs: timeout, now, prover, words });
}
