/**
 * The listening socket, held by the host and accepted on by its workers. Because the host holds it, it outlives every
 * worker: while one is started again, new connections wait in the kernel's queue instead of being refused, and the
 * other workers take them. The host never accepts, so it is on nobody's way.
 */
import { lookup } from "node:dns/promises";
import net, { isIP } from "node:net";
import { getSystemErrorName } from "node:util";
import { SerinError } from "../errors.ts";
import { formatListen, type Listen } from "./listen.ts";

/** A bound socket. `handle` is what `server.listen(handle)` takes, here or in a child that it was sent to. */
export interface Bound {
  readonly handle: object;
  readonly port: number;
  close(): void;
}

interface TcpHandle {
  getsockname(into: { port?: number }): number;
  close(): void;
}

/**
 * Makes and binds a socket without accepting on it, as node:cluster does in its primary. cluster itself would close the
 * socket with the last worker that dies, which is what must not happen here.
 */
type CreateHandle = (address: string | null, port: number, family: 4 | 6) => TcpHandle | number;
const { _createServerHandle: create } = net as unknown as { readonly _createServerHandle: CreateHandle };

/** Throws ADDRESS_IN_USE or ADDRESS_REFUSED. A taken port may show only when a worker listens. */
export async function bind(listen: Listen): Promise<Bound> {
  const { address, family } = await resolve(listen);
  const handle = create(address, listen.port, family);
  if (typeof handle === "number") throw refused(listen, getSystemErrorName(handle));
  const found: { port?: number } = {};
  // libuv reports a port that is taken not when it binds but with the next call.
  const error = handle.getsockname(found);
  if (error === 0) return { handle, port: found.port ?? listen.port, close: () => handle.close() };
  handle.close();
  throw refused(listen, getSystemErrorName(error));
}

async function resolve(listen: Listen): Promise<{ address: string | null; family: 4 | 6 }> {
  const { host } = listen;
  if (host === "") return { address: null, family: 6 };
  const written = isIP(host.replace(/%.*$/, ""));
  if (written !== 0) return { address: host, family: written === 6 ? 6 : 4 };
  try {
    const { address, family } = await lookup(host);
    return { address, family: family === 6 ? 6 : 4 };
  } catch (cause) {
    throw refused(listen, (cause as { code?: string }).code ?? "ENOTFOUND");
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "it takes more rights to listen on that port",
  ENOTFOUND: "nobody knows that name",
};

/** Why an address cannot be listened on, as a sentence. `code` is the system's, e.g. EADDRINUSE. */
export function refused(listen: Listen, code: string): SerinError {
  const where = formatListen(listen);
  const details = { listen: where, code };
  if (code === "EADDRINUSE") {
    return new SerinError("ADDRESS_IN_USE", `something else listens on ${where}`, { details });
  }
  const why = reasons[code] ?? `the system says ${code}`;
  return new SerinError("ADDRESS_REFUSED", `the gateway cannot listen on ${where}: ${why}`, { details });
}
