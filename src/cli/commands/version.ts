/** `serin version` */
import { Option } from "commander";
import { asSerinError } from "../../errors.ts";
import type { Version } from "../../http/wire.ts";
import { exits } from "../exit.ts";
import { age } from "../output.ts";
import { ownVersion } from "../version.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

export const version = verb<{ readonly client?: true }>({
  name: "version",
  group: "Server",
  summary: "the versions of this program and of the server",
  examples: ["serin version", "serin version --client -o json"],
  flags: [new Option("--client", "of this program alone"), output("json", "yaml")],
  async run(call, _args, flags) {
    const client = { serin: await ownVersion(), node: process.versions.node };
    const server =
      flags.client === true
        ? null
        : await call.client().then(async (c) => ({ url: c.endpoint.url, ...(await asked(c.version())) }));
    await call.out.value(server === null ? { client } : { client, server }, {
      text: () =>
        [`client ${client.serin} (Node ${client.node})`, ...(server === null ? [] : [serverLine(server)])].join("\n"),
    });
    return exits.ok;
  },
});

type Asked = { readonly version: Version } | { readonly error: string };

/** A server that does not answer is an answer to this question. */
async function asked(question: Promise<Version>): Promise<Asked> {
  try {
    return { version: await question };
  } catch (thrown) {
    return { error: asSerinError(thrown).message };
  }
}

function serverLine(server: Asked & { readonly url: string }): string {
  if ("error" in server) return `server: ${server.error}`;
  const { serin, node, now, startedAt } = server.version;
  return `server ${serin} (Node ${node}) at ${server.url}, up ${age(now - startedAt)}`;
}
