/** Coarse time: one timer for every deadline of a worker. Setting a deadline is storing a number. */

export interface Expiring {
  /** On the wheel's clock; Infinity for never. */
  deadline: number;
  /** Called once the deadline has passed, at each turn until it is moved. */
  expire(): void;
}

export class Wheel {
  /** Milliseconds, as of the last turn or as of when somebody who had looked at the clock wrote it here. */
  now = 0;
  readonly #members = new Set<Expiring>();
  readonly #timer: NodeJS.Timeout;
  readonly #tickMs: number;

  constructor(clock: () => number, tickMs: number) {
    this.#tickMs = tickMs;
    this.now = clock();
    this.#timer = setInterval(() => this.#turn(clock()), tickMs).unref();
  }

  add(member: Expiring): void {
    this.#members.add(member);
  }

  delete(member: Expiring): void {
    this.#members.delete(member);
  }

  /** The deadline that lies `ms` ahead: at least that, up to two turns more. Infinity stays. */
  in(ms: number): number {
    return this.now + ms + this.#tickMs;
  }

  #turn(now: number): void {
    this.now = now;
    for (const member of this.#members) if (member.deadline <= now) member.expire();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
