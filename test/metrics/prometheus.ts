/** A real Prometheus, or a real VictoriaMetrics, that scrapes once a second. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Binary, eventually, freePort } from "./binary.ts";

interface Job {
  readonly name: string;
  readonly ports: readonly number[];
  readonly path?: string;
}

const yamlOf = (jobs: readonly Job[]) =>
  JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: jobs.map(({ name, ports, path }) => ({
      job_name: name,
      metrics_path: path ?? "/metrics",
      static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
    })),
  });

async function ask(address: string, query: string): Promise<readonly { value: [number, string] }[]> {
  const response = await fetch(`${address}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await response.json()) as { data: { result: readonly { value: [number, string] }[] } };
  return data.result;
}

export interface Scraper extends AsyncDisposable {
  readonly address: string;
  stop(): Promise<void>;
  /** Until every target has been scraped so often; the moment of the last such scrape, epoch milliseconds. */
  scraped(selector: string, times: number): Promise<number>;
}

async function scraperOf(binary: Binary, address: string): Promise<Scraper> {
  return {
    address,
    stop: () => binary.stop(),
    scraped: (selector, times) =>
      eventually(`${selector} to be scraped ${times} times`, async () => {
        const counts = await ask(address, `count_over_time(${selector}[1m])`);
        if (counts.length === 0 || counts.some(({ value }) => Number(value[1]) < times)) throw new Error("not yet");
        const moments = await ask(address, `timestamp(${selector})`);
        return Math.max(...moments.map(({ value }) => Number(value[1]) * 1000));
      }),
    [Symbol.asyncDispose]: () => binary[Symbol.asyncDispose](),
  };
}

async function begin(
  program: string,
  jobs: readonly Job[],
  argsOf: (port: number, dir: string, config: string) => readonly string[],
) {
  const binary = new Binary();
  const port = await freePort();
  const config = join(binary.dir, "scrape.yml");
  writeFileSync(config, yamlOf(jobs));
  const address = `http://127.0.0.1:${port}`;
  await binary.start(program, argsOf(port, binary.dir, config), () => ask(address, "1"));
  return scraperOf(binary, address);
}

export const startPrometheus = (jobs: readonly Job[]): Promise<Scraper> =>
  begin("prometheus", jobs, (port, dir, config) => [
    `--config.file=${config}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--storage.tsdb.path=${join(dir, "data")}`,
    "--enable-feature=native-histograms",
  ]);

export const startVictoriaMetrics = (jobs: readonly Job[]): Promise<Scraper> =>
  begin("victoria-metrics", jobs, (port, dir, config) => [
    `-promscrape.config=${config}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${join(dir, "data")}`,
    "-search.latencyOffset=0s",
    "-search.disableCache",
    "-loggerLevel=ERROR",
  ]);

/** One that scrapes nobody and has a past: what an OpenMetrics text with times says (promtool makes blocks of it). */
export async function startPast(openMetrics: string): Promise<Scraper> {
  const binary = new Binary();
  const [text, data, config] = ["past.txt", "data", "scrape.yml"].map((name) => join(binary.dir, name));
  writeFileSync(text, openMetrics);
  writeFileSync(config, yamlOf([]));
  execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, data], { stdio: "ignore" });
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${data}`];
  await binary.start("prometheus", args, () => ask(address, "1"));
  return scraperOf(binary, address);
}
