/**
 * Live events: the journal as server-sent events. A stream reads the journal page by page, each page only when the reader
 * has taken the one before; nothing is queued for it. So a slow reader costs one page of memory and is dropped in the
 * end, and whoever comes back with the id of the last event it saw misses nothing and meets nothing twice.
 */
import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import type { JournalEntry, Records } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { Changes } from "./changes.ts";
import type { Limits } from "./deps.ts";
import type { Log } from "./log.ts";
import { eventView } from "./views.ts";

/** Entries read at once, and characters written at once. */
const PAGE = 200;
const LOT_LENGTH = 65_536;
/** How long a reader is asked to wait before it comes back, milliseconds. */
const RETRY_MS = 2000;

export interface Following {
  readonly after: number;
  readonly rollout?: string | undefined;
  /** Asked now and then: a token that was taken away ends its streams. */
  allowed(): boolean;
}

export interface Streams {
  /** How many are open. */
  readonly open: number;
  /** Answers with a stream of everything after `after`, as long as the reader may still look. Throws TOO_MANY. */
  follow(reply: FastifyReply, from: Following): Promise<void>;
  /** Answers with a stream of whatever `tell` writes. Throws TOO_MANY. */
  serve(reply: FastifyReply, tell: (reader: Reader) => Promise<void>): Promise<void>;
  /** Ends all of them. */
  close(): void;
}

/** One event as it goes down the wire. JSON has no bare line breaks, so `data` is one line. */
export function frame(entry: JournalEntry): string {
  return `id: ${entry.seq}\nevent: ${entry.event.type}\ndata: ${JSON.stringify(eventView(entry))}\n\n`;
}

export function createStreams(records: Records, changes: Changes, limits: Limits, log: Log): Streams {
  const open = new Set<AbortController>();
  const streams: Streams = {
    get open() {
      return open.size;
    },
    follow: (reply, from) => streams.serve(reply, (reader) => stream(reader, from, { records, changes, limits })),
    async serve(reply, tell) {
      if (open.size >= limits.streams) {
        throw new SerinError(
          "TOO_MANY",
          `${limits.streams} live streams are open, which is as many as this server allows`,
        );
      }
      const gone = new AbortController();
      open.add(gone);
      const reader = new Reader(reply, gone, limits);
      try {
        await tell(reader);
      } catch (thrown) {
        // The status line is long gone: cut the answer short, the reader comes back and meets the error properly.
        log("error", "a live event stream ended early", { cause: String(thrown) });
        gone.abort();
      } finally {
        open.delete(gone);
        reader.end();
      }
    },
    close() {
      for (const gone of open) gone.abort();
    },
  };
  return streams;
}

/** The answering end: knows whether anybody takes what is written. */
export class Reader {
  readonly gone: AbortSignal;
  readonly #response: ServerResponse;
  readonly #leave: AbortController;
  readonly #stallMs: number;

  constructor(reply: FastifyReply, leave: AbortController, limits: Limits) {
    reply.hijack();
    this.#response = reply.raw;
    this.#leave = leave;
    this.#stallMs = limits.stallMs;
    this.gone = leave.signal;
    this.#response.on("close", () => leave.abort());
    this.#response.on("error", () => leave.abort());
    const headers = {
      ...reply.getHeaders(),
      "content-type": "text/event-stream; charset=utf-8",
      "x-accel-buffering": "no",
    };
    this.#response.writeHead(200, headers as Record<string, string>);
    this.#response.socket?.setNoDelay(true);
  }

  /** Resolves when there is room for more; a reader that makes none for too long is gone. */
  async write(text: string): Promise<void> {
    if (this.gone.aborted || this.#response.write(text)) return;
    await new Promise<void>((resolve) => {
      const stalled = setTimeout(() => {
        this.#leave.abort();
        this.#response.destroy();
      }, this.#stallMs);
      const done = () => {
        clearTimeout(stalled);
        this.#response.off("drain", done);
        this.gone.removeEventListener("abort", done);
        resolve();
      };
      this.#response.on("drain", done);
      this.gone.addEventListener("abort", done);
    });
  }

  end(): void {
    this.#response.end();
  }
}

/** Frames together, as many as fit: a reader on a thin line shows that it takes something, and is not taken for dead. */
function* lotsOf(frames: readonly string[]): Generator<string> {
  let lot = "";
  for (const frame of frames) {
    if (lot !== "" && lot.length + frame.length > LOT_LENGTH) {
      yield lot;
      lot = "";
    }
    lot += frame;
  }
  yield lot;
}

interface Journal {
  readonly records: Records;
  readonly changes: Changes;
  readonly limits: Limits;
}

async function stream(reader: Reader, from: Following, { records, changes, limits }: Journal): Promise<void> {
  let { after } = from;
  let quietSince = performance.now();
  const only = from.rollout === undefined ? {} : { rollout: from.rollout };
  await reader.write(`retry: ${RETRY_MS}\nid: ${after}\n\n`);
  while (!reader.gone.aborted && from.allowed()) {
    const mark = changes.mark();
    const end = await changes.end();
    const page = end > after ? await records.journal(after, { ...only, limit: PAGE }) : [];
    if (page.length > 0) {
      for (const lot of lotsOf(page.map(frame))) await reader.write(lot);
      after = page.at(-1)?.seq ?? after;
      quietSince = performance.now();
      continue;
    }
    // What lies up to the end is of other rollouts.
    after = Math.max(after, end);
    if (performance.now() - quietSince >= limits.heartbeatMs) {
      await reader.write(": still here\n\n");
      quietSince = performance.now();
    } else {
      await changes.after(mark, Math.min(limits.pollMs, limits.heartbeatMs), reader.gone);
    }
  }
}
