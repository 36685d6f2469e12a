/** A real InfluxDB 1, as Debian has it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Binary, freePort } from "./binary.ts";

const configOf = (dir: string, port: number, rpc: number) => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`;

export interface Influx {
  readonly address: string;
  readonly binary: Binary;
  write(database: string, lines: readonly string[]): Promise<void>;
}

async function send(url: string, body: string | URLSearchParams): Promise<void> {
  const response = await fetch(url, { method: "POST", body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

export async function startInflux(): Promise<Influx> {
  const binary = new Binary();
  const [port, rpc] = [await freePort(), await freePort()];
  const config = join(binary.dir, "influxdb.conf");
  writeFileSync(config, configOf(binary.dir, port, rpc));
  const address = `http://127.0.0.1:${port}`;
  await binary.start("influxd", ["run", "-config", config], async () => {
    const { status } = await fetch(`${address}/ping`);
    if (status !== 204) throw new Error(`answered ${status}`);
  });
  return {
    address,
    binary,
    async write(database, lines) {
      await send(`${address}/query`, new URLSearchParams({ q: `CREATE DATABASE "${database}"` }));
      await send(`${address}/write?db=${database}&precision=ms`, lines.join("\n"));
    },
  };
}
