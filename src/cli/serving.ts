/** A server of one's own: what `serve` and `run` have inside this process, from its first word to its last. */
import { asSerinError, SerinError } from "../errors.ts";
import { Client } from "./client.ts";
import type { Call } from "./commands/verb.ts";
import { dataDir, readWord, removeWord, writeWord, type ServerWord } from "./endpoint.ts";
import type { Ends } from "./ends.ts";

export interface Serving {
  readonly data: string;
  /** host:port of the API. */
  readonly listen: string;
  /** Where others reach it. */
  readonly publicUrl?: string | undefined;
  /** Lines of the server for its operator. */
  readonly log: (line: string) => void;
}

/** A server of this machine answers in a moment, or is in no state to be asked for anything. */
const PATIENCE_MS = 3000;

/**
 * The server that serves a data directory now; null when there is none, or only word of one that is gone. Numbers of
 * processes come round again, so the server itself is asked; a refusal is an answer.
 */
export async function present({ shell }: Call, data: string): Promise<ServerWord | null> {
  const word = await readWord(data);
  if (word === null || word.pid === shell.pid || !shell.alive(word.pid)) return null;
  const client = new Client({ url: word.url, token: null }, shell);
  return client.version(AbortSignal.timeout(PATIENCE_MS)).then(
    () => word,
    (thrown: unknown) => (asSerinError(thrown).code === "UNREACHABLE" ? null : word),
  );
}

/** Serves while `use` goes on; ends with it. What breaks inside the server ends `use` too and is thrown. */
export async function serving<T>(
  call: Call,
  ends: Ends,
  the: Serving,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { shell, modes, where } = call;
  const { data, listen, publicUrl, log } = the;
  const running = await modes.serve({ data, listen, publicUrl, tokenFile: where.tokenFile, env: shell.env, log });
  try {
    await writeWord(data, { url: running.url, pid: shell.pid });
    let broken: { readonly thrown: unknown } | null = null;
    void running.failed.catch((thrown: unknown) => {
      broken = { thrown };
      ends.close();
    });
    const client = new Client({ url: running.url, token: running.token }, shell);
    const result = await use(client).catch((thrown: unknown) => {
      throw (broken ?? { thrown }).thrown;
    });
    if (broken !== null) throw (broken as { readonly thrown: unknown }).thrown;
    return result;
  } finally {
    await removeWord(data, shell.pid);
    await running.close();
  }
}

/** Only one server at a time has a data directory. Throws DATABASE_BUSY. */
export async function refuseSecond(call: Call): Promise<string> {
  const data = dataDir(call.where, call.shell);
  const word = await present(call, data);
  if (word === null) return data;
  throw new SerinError("DATABASE_BUSY", `process ${word.pid} serves ${data} already, at ${word.url}`, {
    details: { hint: "`serin apply FILE` gives it a document; another --data makes another server" },
  });
}
