/**
 * Secrets of the Kubernetes cluster that Serin runs in, asked of its API as the pod's own service account. A secret is kept
 * for a few seconds, so that a gate that asks every second does not ask the cluster as often, and a changed one counts soon.
 */
import { z } from "zod";
import type { KubernetesSecret } from "../rollout/secret.ts";
import { unanswered } from "./unanswered.ts";

/** How long a secret that was read counts, milliseconds. */
const KEPT_MS = 10_000;

export interface ClusterAnswer {
  readonly status: number;
  readonly text: string;
}

/** The cluster as seen from a pod. */
export interface Cluster {
  /** The pod's own namespace. Rejects where there is none. */
  namespace(): Promise<string>;
  /** One question of its API, as the pod's service account. */
  get(path: string): Promise<ClusterAnswer>;
}

/** Why a secret of the cluster could not be had, after "the secret a/b of the cluster". */
export class NotThere extends Error {}

type Data = Readonly<Record<string, string>>;

/** Reads keys of secrets. Rejects with NotThere. */
export class ClusterSecrets {
  readonly #cluster: Cluster | null;
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly until: number; readonly data: Promise<Data> }>();

  /** `cluster`: null outside of one. */
  constructor(cluster: Cluster | null, now: () => number) {
    this.#cluster = cluster;
    this.#now = now;
  }

  async read({ namespace, name, key }: KubernetesSecret): Promise<string> {
    const cluster = this.#cluster;
    if (cluster === null) throw new NotThere("cannot be read outside of a cluster: KUBERNETES_SERVICE_HOST is not set");
    const data = await this.#dataOf(cluster, namespace ?? (await ownNamespace(cluster)), name);
    if (!Object.hasOwn(data, key)) throw new NotThere(`has no key ${key}`);
    return textOf(data[key], key);
  }

  /** What could not be had is asked for again at once. */
  #dataOf(cluster: Cluster, namespace: string, name: string): Promise<Data> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const known = this.#kept.get(path);
    if (known !== undefined && this.#now() < known.until) return known.data;
    const data = asked(cluster, path);
    this.#kept.set(path, { until: this.#now() + KEPT_MS, data });
    data.catch(() => this.#kept.delete(path));
    return data;
  }
}

async function ownNamespace(cluster: Cluster): Promise<string> {
  try {
    return (await cluster.namespace()).trim();
  } catch (cause) {
    throw new NotThere("needs a namespace: the pod's own could not be read", { cause });
  }
}

const secretSchema = z.object({ kind: z.literal("Secret"), data: z.record(z.string(), z.string()).default({}) });

async function asked(cluster: Cluster, path: string): Promise<Data> {
  const { status, text } = await cluster.get(path).catch((cause: unknown) => {
    const late = (cause as { name?: unknown }).name === "TimeoutError";
    const why = late ? "did not answer in time" : unanswered(cause).why;
    throw new NotThere(`could not be asked for: the cluster ${why}`, { cause });
  });
  if (status !== 200) throw new NotThere(refusals[status] ?? `could not be had: the cluster answered ${status}`);
  const found = secretSchema.safeParse(jsonOf(text));
  if (found.success) return found.data.data;
  throw new NotThere("could not be read: the cluster answered with something that is no secret");
}

const refusals: Readonly<Record<number, string>> = {
  401: "could not be had: the cluster does not accept the token of Serin's service account",
  403: "may not be read by Serin's service account: its role needs the verb get on this secret",
  404: "does not exist",
};

function textOf(coded: string, key: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(coded, "base64"));
  } catch {
    throw new NotThere(`holds bytes that are no text under ${key}`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
