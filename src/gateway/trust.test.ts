import { expect, test } from "vitest";
import { clientAddress, unmapped } from "./trust.ts";

const peer = "10.0.0.1";
const address = (forwarded: string | null, trusted: number) =>
  clientAddress({ header: (name) => (name === "x-forwarded-for" ? forwarded : null) }, peer, trusted);

test.each([
  ["nobody is believed", "192.0.2.1", 0, peer],
  ["no list", null, 1, peer],
  ["one proxy: the last address named", "192.0.2.9, 192.0.2.1", 1, "192.0.2.1"],
  ["two proxies: the one before", "192.0.2.9, 192.0.2.1, 10.0.0.2", 2, "192.0.2.1"],
  ["fewer proxies than announced: the first address", "192.0.2.1", 3, "192.0.2.1"],
  ["white space", "192.0.2.9,\t192.0.2.1 ", 1, "192.0.2.1"],
  ["with a port", "192.0.2.1:4711", 1, "192.0.2.1"],
  ["IPv6", "2001:db8::1", 1, "2001:db8::1"],
  ["IPv6 in brackets with a port", "[2001:db8::1]:443", 1, "2001:db8::1"],
  ["IPv4 in IPv6", "::ffff:192.0.2.1", 1, "192.0.2.1"],
  ["no address", "unknown", 1, peer],
  ["empty", "", 1, peer],
  ["an empty last place", "192.0.2.1,", 1, peer],
])("%s", (_what, forwarded, trusted, expected) => {
  expect(address(forwarded, trusted)).toBe(expected);
});

test("IPv4 clients of a socket for both", () => {
  expect(unmapped("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(unmapped("::1")).toBe("::1");
});
