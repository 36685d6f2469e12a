/**
 * Server-sent events (HTML Living Standard, 9.2): bytes to blocks. A block may carry only an id: that is how a stream
 * says where it begins before anything has happened.
 */

export interface Block {
  /** The last id seen, also when this block has none of its own. */
  readonly id: string;
  readonly event: string;
  /** null: the block carried no data. */
  readonly data: string | null;
}

/** Longest line that is taken: no event is near it, and a server that sends more is not one of ours. */
const LONGEST = 4 * 1_048_576;

/** Takes text in any pieces; gives each block once it is whole. A block that the stream breaks off is dropped, as the standard has it. */
export class BlockReader {
  #rest = "";
  #id: string;
  #event = "";
  #data: string[] | null = null;
  #any = false;
  #first = true;

  constructor(lastId = "") {
    this.#id = lastId;
  }

  /** Throws when a line is absurdly long. */
  *push(text: string): Generator<Block> {
    const all = this.#rest + (this.#first ? text.replace(/^\ufeff/, "") : text);
    if (text !== "") this.#first = false;
    // A CR at the very end may be half of a CRLF: it waits for what follows.
    const lines = (all.endsWith("\r") ? all.slice(0, -1) : all).split(/\r\n|\r|\n/);
    this.#rest = (lines.pop() ?? "") + (all.endsWith("\r") ? "\r" : "");
    if (this.#rest.length > LONGEST) throw new Error("an event is longer than any of ours");
    for (const line of lines) {
      const block = line === "" ? this.#end() : this.#field(line);
      if (block !== null) yield block;
    }
  }

  #field(line: string): null {
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") (this.#data ??= []).push(value);
    if (name === "event") this.#event = value;
    if (name === "id" && !value.includes("\0")) this.#id = value;
    this.#any ||= name === "data" || name === "event" || name === "id";
    return null;
  }

  #end(): Block | null {
    const block = { id: this.#id, event: this.#event || "message", data: this.#data?.join("\n") ?? null };
    const any = this.#any;
    this.#event = "";
    this.#data = null;
    this.#any = false;
    return any ? block : null;
  }
}

/** The blocks of a response body, as they arrive. Ends when the body does. */
export async function* blocks(body: ReadableStream<Uint8Array>, lastId = ""): AsyncGenerator<Block> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const reader = new BlockReader(lastId);
  for await (const bytes of body) yield* reader.push(decoder.decode(bytes, { stream: true }));
}
