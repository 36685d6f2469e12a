/**
 * What a command line program finds around it: streams, environment, clock, network, interrupts. All of it comes in as
 * one argument, so that a test runs the whole program in its own process.
 */

/** One of the two streams that a program writes to. */
export interface Sink {
  write(text: string): void;
  /** Whether a person looks at it. */
  readonly isTTY: boolean;
  /** Width and height in cells, where it is a terminal. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Aborts when nobody reads any more (EPIPE, as after `| head`); what is written then is dropped. */
  readonly gone: AbortSignal;
  /** Resolves when all that was written is out. */
  flush(): Promise<void>;
  /** The stream itself, for the live view. */
  readonly stream: NodeJS.WritableStream;
}

export interface Shell {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  /** Who acts, as the operating system knows them. */
  readonly user: string;
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Everything on the standard input. */
  readInput(): Promise<Uint8Array>;
  /** Whether a process of this machine is alive. */
  alive(pid: number): boolean;
  /** Calls back at every SIGINT, SIGTERM or SIGHUP; returns an end to that. */
  onInterrupt(callback: () => void): () => void;
}
