/** Who the client is, when proxies in front are believed. */
import { isIP } from "node:net";
import type { HeadView } from "./seam.ts";

/**
 * The client's address: the peer, or with `trusted` proxies in front the address that the outermost of them names in
 * X-Forwarded-For, counted from the right. What a client wrote itself stands further left and is never looked at,
 * unless there are fewer proxies than were announced. What is no address is not believed.
 */
export function clientAddress(head: Pick<HeadView, "header">, peer: string, trusted: number): string {
  const list = trusted === 0 ? null : head.header("x-forwarded-for");
  if (list === null) return peer;
  const named = list.split(",");
  const address = bare(named[Math.max(0, named.length - trusted)].trim());
  return isIP(address) === 0 ? peer : address;
}

/** "[2001:db8::1]:443", "192.0.2.1:443" and "::ffff:192.0.2.1" without port, brackets and mapping. */
function bare(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text);
  if (bracketed !== null) return bracketed[1];
  return unmapped(/^[^:]*:\d+$/.test(text) ? text.slice(0, text.indexOf(":")) : text);
}

/** An IPv4 client of a socket that speaks both is known by its IPv4 address. */
export function unmapped(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
