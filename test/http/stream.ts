/** A reader of live events that is cut off wherever a test wants, and says what it had understood by then. */
import { connect } from "node:net";
import { StringDecoder } from "node:string_decoder";

export interface Block {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
  readonly comment: string | null;
}

/** One block of an event stream (HTML Living Standard, 9.2.6). */
function blockOf(text: string): Block {
  const fields = text.split("\n").map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
  });
  const field = (name: string) => fields.findLast(([key]) => key === name)?.[1] ?? null;
  return { id: field("id"), event: field("event"), data: field("data"), comment: field("") };
}

/** Bytes of an HTTP/1.1 answer in chunks, to the blocks that are whole so far. */
class Understanding {
  readonly blocks: Block[] = [];
  /** Whether the last chunk has come. */
  over = false;
  readonly #decoder = new StringDecoder("utf8");
  #bytes: Buffer = Buffer.alloc(0);
  #text = "";
  /** Bytes to come of the present chunk; null: in the head. */
  #left: number | null = null;

  take(data: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    while (this.#left === null ? this.#head() : this.#chunk());
  }

  #head(): boolean {
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.#bytes = this.#bytes.subarray(end + 4);
    this.#left = 0;
    return true;
  }

  /** The size of a chunk, or some of what is in it. */
  #chunk(): boolean {
    if (this.#left === 0) {
      const size = /^(?:\r\n)?([0-9a-f]+)\r\n/.exec(this.#bytes.toString("latin1", 0, 32));
      if (size === null) return false;
      this.#bytes = this.#bytes.subarray(size[0].length);
      this.#left = Number.parseInt(size[1], 16);
      this.over = this.#left === 0;
      return !this.over;
    }
    const some = this.#bytes.subarray(0, this.#left ?? 0);
    this.#bytes = this.#bytes.subarray(some.length);
    this.#left = (this.#left ?? 0) - some.length;
    this.#read(this.#decoder.write(some));
    return this.#bytes.length > 0;
  }

  #read(text: string): void {
    const blocks = (this.#text + text).split("\n\n");
    this.#text = blocks.pop() ?? "";
    this.blocks.push(...blocks.map(blockOf));
  }
}

export interface Reading {
  readonly path: string;
  readonly last?: string | null;
  /** Asked after all that comes; true breaks the connection off. Left out: reads until the server ends. */
  readonly enough?: (blocks: readonly Block[], bytes: number) => boolean;
  /** Takes nothing until this is done. */
  readonly asleep?: Promise<unknown>;
}

/** Reads, and gives the whole blocks that came. */
export function read(port: number, { path, last = null, enough = () => false, asleep }: Reading): Promise<Block[]> {
  const resume = last === null ? "" : `Last-Event-ID: ${last}\r\n`;
  return new Promise((resolve, reject) => {
    const understanding = new Understanding();
    let bytes = 0;
    const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${resume}\r\n`;
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("data", (data: Buffer) => {
      bytes += data.length;
      understanding.take(data);
      if (understanding.over || enough(understanding.blocks, bytes)) socket.destroy();
    });
    socket.on("error", (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== "ECONNRESET" && thrown.code !== "ECONNREFUSED") reject(thrown);
    });
    socket.on("close", () => resolve(understanding.blocks));
    if (asleep === undefined) return;
    socket.pause();
    void asleep.then(() => socket.resume());
  });
}
