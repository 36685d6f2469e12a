/**
 * The workers that serve under one set of options: as many as wanted, each started again when it ends. Other options
 * make another shift, which takes over from this one.
 */
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { Bound } from "./bind.ts";
import type { Member } from "./member.ts";
import { workerCount, type GatewayOptions } from "./options.ts";

/** A worker that lived for so long did not fail because of how it was started. */
const STEADY_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** How much longer than its requests a worker may take to end. */
const GRACE_MS = 5000;

export interface ShiftParts {
  /** A new worker process that has been told nothing yet. */
  readonly hire: () => Member;
  /** What it is to route by, at the moment it is started. */
  readonly plan: () => TrafficPlan | null;
  readonly endpoint: string;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

interface Seat {
  member: Member | null;
  /** Short lives in a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

export class Shift {
  readonly options: GatewayOptions;
  readonly bound: Bound;
  readonly #parts: ShiftParts;
  readonly #seats: readonly Seat[];
  /** Members that make room and are not counted on any more. */
  readonly #leaving = new Set<Member>();
  #over = false;

  constructor(options: GatewayOptions, bound: Bound, parts: ShiftParts) {
    this.options = options;
    this.bound = bound;
    this.#parts = parts;
    const empty = () => ({ member: null, failures: 0, timer: undefined });
    this.#seats = Array.from({ length: workerCount(options) }, empty);
  }

  /** Starts all workers; resolves when all of them serve. When one cannot, none is left and its reason is thrown. */
  async begin(): Promise<void> {
    for (const seat of this.#seats) this.#fill(seat);
    try {
      await Promise.all(this.members.map((member) => member.listening));
    } catch (thrown) {
      void this.end();
      throw thrown;
    }
  }

  /** Those that serve or are about to. */
  get members(): readonly Member[] {
    const seated = this.#seats.map(({ member }) => member).filter((member) => member !== null);
    return seated.filter(({ over }) => !over);
  }

  /** Those that leave count too: requests under way may ask for another backend. */
  route(plan: TrafficPlan): void {
    for (const member of [...this.members, ...this.#leaving]) member.route(plan);
  }

  /** Puts another worker in the place of this one, which ends when its requests have. */
  replace(member: Member): void {
    const seat = this.#seats.find((each) => each.member === member);
    if (seat === undefined || this.#over) return;
    this.#fill(seat);
    void this.#dismiss(member);
  }

  /** Ends all workers when their requests have ended. */
  async end(): Promise<void> {
    this.#over = true;
    for (const seat of this.#seats) clearTimeout(seat.timer);
    const members = this.members;
    for (const seat of this.#seats) seat.member = null;
    for (const member of members) if (!member.serving) member.kill();
    await Promise.all([...members.map((member) => this.#dismiss(member)), ...[...this.#leaving].map((m) => m.ended)]);
  }

  async #dismiss(member: Member): Promise<void> {
    this.#leaving.add(member);
    await member.drain(this.options.timeouts.drain + GRACE_MS);
    this.#leaving.delete(member);
  }

  #fill(seat: Seat): void {
    const { hire, plan, endpoint } = this.#parts;
    const member = hire();
    seat.member = member;
    member.start({ say: "start", options: this.options, plan: plan(), endpoint }, this.bound.handle);
    void this.#attend(seat, member);
  }

  async #attend(seat: Seat, member: Member): Promise<void> {
    const how = await member.ended;
    if (seat.member !== member) return;
    seat.member = null;
    if (!this.#over) this.#refill(seat, member, how);
  }

  #refill(seat: Seat, { pid, since }: Member, how: string): void {
    const { now, log } = this.#parts;
    seat.failures = now() - since > STEADY_MS ? 1 : seat.failures + 1;
    const pause = seat.failures === 1 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (seat.failures - 2));
    log(`worker ${pid} ended (${how}); another one is started${pause > 0 ? ` in ${pause} ms` : ""}`);
    seat.timer = setTimeout(() => this.#fill(seat), pause);
  }
}
