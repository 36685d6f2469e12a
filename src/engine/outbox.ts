/**
 * Telling people: every entry of the journal goes to every notifier of its rollout, in order and at least once. The
 * journal itself is the queue, so nothing that was committed can be missing from it; what each notifier has had is a
 * position in the store. One lane for each notifier of each rollout: a receiver that fails holds up nobody else.
 */
import { bulkhead } from "cockatiel";
import { asSerinError } from "../errors.ts";
import { Lane, retryMs, type LaneParts } from "./lane.ts";
import type { Notifier, Records } from "./ports.ts";
import { Turns } from "./turns.ts";

export interface OutboxParts extends Omit<LaneParts, "slots" | "records"> {
  readonly records: LaneParts["records"] & Pick<Records, "names" | "onChange">;
  /**
   * Who is told of a rollout now; nobody for one that is not there. Asked after every change of the rollout, so
   * whoever answers should keep what it made of a document until the document changes.
   */
  notifiersOf(rollout: string): Promise<readonly { readonly name: string; readonly notifier: Notifier }[]>;
}

export interface Outbox {
  start(): void;
  /** Tries now what waits after a failure: somebody may have repaired it. */
  wake(rollout: string): void;
  /** Sends what the journal holds by now, each lane to its first failure and all of them within seconds; drops the rest, which the next start sends. */
  close(): Promise<void>;
}

/** Messages under way at a time. */
const CONCURRENCY = 16;
/** How long closing may take. */
const FAREWELL_MS = 5000;

export function createOutbox(given: OutboxParts): Outbox {
  const parts = { ...given, slots: bulkhead(CONCURRENCY, Infinity) };
  const { records, clock } = parts;
  const desks = new Map<string, Desk>();
  let closed = false;
  let unsubscribe = () => {};
  const deskOf = (rollout: string): Desk => {
    const desk = desks.get(rollout) ?? new Desk(rollout, parts);
    desks.set(rollout, desk);
    return desk;
  };
  const look = (rollout: string) => {
    if (!closed) deskOf(rollout).look();
  };
  const first = new Glance("the rollouts", parts, async () => (await records.names()).forEach(look));
  return {
    start: () => {
      unsubscribe = records.onChange(look);
      first.ask();
    },
    wake: (rollout) => {
      if (!closed) deskOf(rollout).hurry();
    },
    close: async () => {
      await first.finish();
      closed = true;
      unsubscribe();
      const cancel = clock.wakeAt(clock.now() + FAREWELL_MS, () => desks.forEach((desk) => desk.stop()));
      await Promise.all([...desks.values()].map((desk) => desk.finish()));
      cancel();
    },
  };
}

/** A question that is asked again, ever more slowly, until it is answered. */
class Glance {
  readonly #what: string;
  readonly #parts: OutboxParts;
  readonly #act: () => Promise<void>;
  readonly #turns = new Turns(() => this.#turn());
  #failures = 0;
  #cancel = () => {};

  constructor(what: string, parts: OutboxParts, act: () => Promise<void>) {
    this.#what = what;
    this.#parts = parts;
    this.#act = act;
  }

  ask(): void {
    this.#turns.ask();
  }

  /** Waits for what is under way; a failure is final. */
  async finish(): Promise<void> {
    await this.#turns.idle();
    this.#cancel();
  }

  async #turn(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#cancel();
    try {
      await this.#act();
      this.#failures = 0;
    } catch (thrown) {
      const { code, message } = asSerinError(thrown);
      if (this.#failures === 0) log("error", `the outbox cannot read ${this.#what}: ${message}`, { code });
      const at = clock.now() + retryMs(this.#failures++, this.#parts.random());
      this.#cancel = clock.wakeAt(at, () => this.ask());
    }
  }
}

/** The lanes of one rollout: as many as its document names notifiers. */
class Desk {
  readonly #rollout: string;
  readonly #parts: OutboxParts & LaneParts;
  readonly #glance: Glance;
  readonly #lanes = new Map<string, Lane>();

  constructor(rollout: string, parts: OutboxParts & LaneParts) {
    this.#rollout = rollout;
    this.#parts = parts;
    this.#glance = new Glance(`who is told of ${rollout}`, parts, async () => this.#agree(await this.#wanted()));
  }

  look(): void {
    this.#glance.ask();
  }

  hurry(): void {
    this.look();
    for (const lane of this.#lanes.values()) lane.hurry();
  }

  async finish(): Promise<void> {
    await this.#glance.finish();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.finish()));
  }

  stop(): void {
    for (const lane of this.#lanes.values()) lane.stop();
  }

  async #wanted(): Promise<ReadonlyMap<string, Notifier>> {
    const told = await this.#parts.notifiersOf(this.#rollout);
    return new Map(told.map(({ name, notifier }) => [name, notifier]));
  }

  #agree(wanted: ReadonlyMap<string, Notifier>): void {
    for (const [name, lane] of this.#lanes) {
      if (wanted.has(name)) continue;
      lane.stop();
      this.#lanes.delete(name);
    }
    for (const [name, notifier] of wanted) {
      const lane = this.#lanes.get(name) ?? new Lane(this.#rollout, name, notifier, this.#parts);
      this.#lanes.set(name, lane);
      lane.notifier = notifier;
      lane.nudge();
    }
  }
}
