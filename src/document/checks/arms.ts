/** Arms must be two, and neither of them the gateway itself. */
import type { Listen } from "../../gateway/options.ts";
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";

type ArmName = "stable" | "canary";

interface Placed {
  readonly arm: ArmName;
  readonly index: number;
  readonly written: string;
  /** host:port, the same for the same address however it is written. */
  readonly address: string;
}

function backendsOf(parts: Parts): readonly Placed[] {
  return (["stable", "canary"] as const).flatMap((arm) =>
    parts.backends[arm].map(({ index, value }) => ({ arm, index, written: value, address: addressOf(value) })),
  );
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 80}`;
}

const pathOf = ({ arm, index }: Placed) => ["spec", arm, "backends", index];

/** One instance in both arms compares a revision with itself; twice in one arm it gets twice the requests unsaid. */
export function backendsShared(parts: Parts): readonly Finding[] {
  const all = backendsOf(parts);
  return all.flatMap((backend, i) => {
    const first = all.slice(0, i).find(({ address }) => address === backend.address);
    if (first === undefined) return [];
    const message =
      first.arm === backend.arm
        ? `${backend.written} stands in this list twice`
        : `${backend.written} is a backend of stable: the arms cannot share one`;
    return [{ path: pathOf(backend), message }];
  });
}

/** Messages, verdicts and the dashboard call arms by their revision. */
export function sameRevision({ stable, canary }: Parts): readonly Finding[] {
  if (stable === undefined || canary === undefined || stable.revision !== canary.revision) return [];
  const message = `stable is called ${stable.revision} too: nobody can tell the arms apart in messages`;
  return [{ path: ["spec", "canary", "revision"], message }];
}

const everywhere = new Set(["", "0.0.0.0", "::"]);
const isLoopback = (host: string) =>
  host === "localhost" || host === "[::1]" || host === "::1" || host.startsWith("127.");

function reaches({ host, port }: Listen, backend: string): boolean {
  const { hostname, port: own } = new URL(backend);
  if (port === 0 || port !== Number(own || 80)) return false;
  if (everywhere.has(host)) return isLoopback(hostname) || hostname === "0.0.0.0" || hostname === "[::]";
  return host === hostname.replace(/^\[|\]$/g, "") || (isLoopback(host) && isLoopback(hostname));
}

/** A gateway whose backend is itself passes one request on for ever. */
export function listensToItself(parts: Parts): readonly Finding[] {
  const { gateway } = parts;
  if (gateway === undefined) return [];
  return backendsOf(parts)
    .filter(({ written }) => reaches(gateway.listen, written))
    .map((backend) => ({
      path: pathOf(backend),
      message: `${backend.written} is where the gateway itself listens (spec.gateway.listen)`,
    }));
}
