import { createServer as createHttp } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { get } from "../../test/gateway/stage.ts";
import { bind, refused } from "./bind.ts";

const listening = (server: Server, ...where: [object] | [number, string]) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(...(where as [number, string]), () => resolve());
  });

test("a bound socket is not accepted on until somebody listens, and outlives who does", async () => {
  const bound = await bind({ host: "127.0.0.1", port: 0 });
  await expect(get(bound.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  const serve = () => createHttp((_asked, answer) => answer.end());
  const first = serve();
  await listening(first, bound.handle);
  expect((await get(bound.port)).status).toBe(200);
  // In another process the end of a server ends only its own copy of the socket; see the tests of workers that die.
  await new Promise((resolve) => first.close(resolve));
  bound.close();
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["localhost", "localhost"],
  ["", "127.0.0.1"],
  ...(hasIpv6 ? [["::1", "::1"]] : []),
])("listens on %j", async (host, from) => {
  const bound = await bind({ host, port: 0 });
  expect(bound.port).toBeGreaterThan(0);
  const server = createHttp((_asked, answer) => answer.end("here"));
  await listening(server, bound.handle);
  const where = from.includes(":") ? `[${from}]` : from;
  expect(await (await fetch(`http://${where}:${bound.port}/`)).text()).toBe("here");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a port that something listens on is refused by name", async () => {
  const other = createServer();
  await listening(other, 0, "127.0.0.1");
  const { port } = other.address() as AddressInfo;
  await expect(bind({ host: "127.0.0.1", port })).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
    message: `something else listens on 127.0.0.1:${port}`,
    details: { listen: `127.0.0.1:${port}`, code: "EADDRINUSE" },
  });
  other.close();
});

test("addresses that cannot be listened on, in words", async () => {
  await expect(bind({ host: "192.0.2.7", port: 80 })).rejects.toMatchObject({
    code: "ADDRESS_REFUSED",
    message: "the gateway cannot listen on 192.0.2.7:80: this machine has no such address",
  });
  await expect(bind({ host: "no-such-name.invalid", port: 80 })).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect(refused({ host: "", port: 80 }, "EACCES").message).toBe(
    "the gateway cannot listen on :80: it takes more rights to listen on that port",
  );
  expect(refused({ host: "::1", port: 80 }, "EMFILE").message).toBe(
    "the gateway cannot listen on [::1]:80: the system says EMFILE",
  );
});
