/** What the command line needs of the program's modes: composed outside, handed in by `src/main.ts`. */

export interface ServeOptions {
  /** The directory where everything is remembered; made when it is not there. */
  readonly data: string;
  /** host:port of the API; port 0 takes a free one. */
  readonly listen: string;
  /** A tokens file (`name role token` a line); SERIN_TOKEN of `env` counts too. */
  readonly tokenFile?: string | undefined;
  /** Where others reach this server, for the links of messages; SERIN_PUBLIC_URL of `env`, or its own address, unless said. */
  readonly publicUrl?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines for the operator about the server itself, e.g. a gateway that was found again. Not for events: the CLI shows them. */
  readonly log: (line: string) => void;
}

/** A control process that runs inside this one. */
export interface Running {
  /** Base URL of the API, e.g. http://127.0.0.1:7077 */
  readonly url: string;
  /** What this process's own requests show; null where none is asked for. */
  readonly token: string | null;
  /** Rejects when something inside fails for good. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends control and API. Gateways go on serving their last plan. */
  close(): Promise<void>;
}

export interface Modes {
  /** Store, engine, gateways of the rollouts known to the directory, API. Resolves when the API answers. */
  serve(options: ServeOptions): Promise<Running>;
  /** Ends the gateway process of a rollout, whether or not a control process runs. Resolves when its port is free. */
  stopGateway(options: { readonly data: string; readonly name: string }): Promise<"stopped" | "notRunning">;
}
