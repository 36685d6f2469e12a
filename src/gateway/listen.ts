/** Addresses to listen on, as people write them. Apart from the schemas, so that a worker need not load those. */

/** Where to listen. `host` "" is every address of the machine, IPv4 and IPv6. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

export const LISTEN = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.]+)?)\]|([^[\]:/\s]*)):(\d{1,5})$/;

/** "127.0.0.1:8080", "localhost:8080", "[::1]:8080", ":8080" (every address); null when it is none. */
export function parseListen(text: string): Listen | null {
  const found = LISTEN.exec(text);
  const port = Number(found?.[3]);
  return found === null || port > 65_535 ? null : { host: found[1] ?? found[2], port };
}

/** The inverse of parseListen. */
export function formatListen({ host, port }: Listen): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
