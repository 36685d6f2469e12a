/** docs/reference/openapi.json: the page that a server with tokens answers with, without a server. */
import { readFileSync } from "node:fs";
import { createServer } from "../../src/http/server.ts";
import { documentSchema, parseKept, readDocument } from "../../src/document/index.ts";
import { initialStatus } from "../../src/rollout/initial.ts";
import { openStore } from "../../src/stores/index.ts";
import type { Output } from "./output.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export async function openApiPage(): Promise<Output> {
  const records = await openStore({ parse: parseKept, memory: {} });
  const api = createServer({
    records,
    engine: { wake: () => {} },
    parse: (text) => readDocument(text, "document"),
    specOf: parseKept,
    initial: (_name, spec) => initialStatus(spec, 0, "seed"),
    live: () => null,
    schema: documentSchema,
    version,
    now: () => 0,
    tokens: { present: () => [] },
    log: () => {},
  });
  await api.app.ready();
  const text = `${JSON.stringify(api.app.swagger(), null, 2)}\n`;
  await api.close();
  await records.close();
  return { path: "docs/reference/openapi.json", text };
}
