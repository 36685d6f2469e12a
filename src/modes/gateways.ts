/** The gateways of a data directory, one a rollout: opened when first needed, told of other options, let go in the end. */
import { isDeepStrictEqual } from "node:util";
import { openGateway, type GatewayClient, type OpenOptions } from "../gateway/open.ts";
import type { GatewayOptions } from "../gateway/options.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";

type World = Omit<OpenOptions, "name" | "options" | "plan">;

interface Open {
  readonly client: Promise<GatewayClient>;
  options: GatewayOptions;
}

export class Gateways {
  readonly #world: World;
  readonly #open = new Map<string, Open>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The rollout's gateway under these options. One that must be started routes by `plan` from its first request on. */
  async of(name: string, options: GatewayOptions, plan: TrafficPlan): Promise<GatewayClient> {
    const open = this.#open.get(name) ?? this.#start(name, options, plan);
    const client = await open.client;
    if (isDeepStrictEqual(options, open.options)) return client;
    await client.configure(options);
    open.options = options;
    return client;
  }

  /** The gateway if it is open, and null while it is not. */
  async known(name: string): Promise<GatewayClient | null> {
    return (await this.#open.get(name)?.client) ?? null;
  }

  /** Ends the connection; the gateway goes on. */
  forget(name: string): void {
    const open = this.#open.get(name);
    this.#open.delete(name);
    void open?.client.then((client) => client.close()).catch(() => {});
  }

  close(): void {
    for (const name of this.#open.keys()) this.forget(name);
  }

  #start(name: string, options: GatewayOptions, plan: TrafficPlan): Open {
    const open: Open = { client: openGateway({ ...this.#world, name, options, plan }), options };
    this.#open.set(name, open);
    // one that could not be opened is tried again when it is next needed
    open.client.catch(() => this.#open.get(name) === open && this.#open.delete(name));
    return open;
  }
}
