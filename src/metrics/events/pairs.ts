/** Values that belong together: of the same request, prompt or case on both versions, by a key that both reports name. */
import type { Arm, Window } from "../../analysis/measurement.ts";
import type { Room } from "./room.ts";

/** Both values of one pair; `at` is when it was complete. */
export interface Pair {
  readonly at: number;
  readonly stable: number;
  readonly canary: number;
}

interface Half {
  readonly at: number;
  readonly arm: Arm;
  readonly value: number;
}

export class Pairs {
  readonly #room: Room;
  /** By plan and name: halves by their key, and whole ones by the second in which they became whole. */
  readonly #halves = new Map<string, Map<string, Half>>();
  readonly #whole = new Map<string, Pair[]>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** The first report of each arm counts. */
  add(name: string, plan: number, key: string, half: Half): void {
    const topic = `${plan} ${name}`;
    const halves = this.#halves.get(topic) ?? new Map<string, Half>();
    this.#halves.set(topic, halves);
    const other = halves.get(key);
    if (other === undefined) {
      if (this.#room.take(half.at)) halves.set(key, half);
      return;
    }
    if (other.arm === half.arm) return;
    halves.delete(key);
    const whole = this.#whole.get(topic) ?? [];
    this.#whole.set(topic, whole);
    const of = (arm: Arm) => (half.arm === arm ? half.value : other.value);
    whole.push({ at: Math.max(half.at, other.at), stable: of("stable"), canary: of("canary") });
  }

  of(name: string, window: Window, plan: number): readonly Pair[] {
    const whole = this.#whole.get(`${plan} ${name}`) ?? [];
    return whole.filter(({ at }) => at >= window.from && at < window.to);
  }

  forget(before: number): void {
    for (const [topic, halves] of this.#halves) {
      for (const [key, { at }] of halves) if (at < before && halves.delete(key)) this.#room.give(1);
      if (halves.size === 0) this.#halves.delete(topic);
    }
    for (const [topic, whole] of this.#whole) {
      const kept = whole.filter(({ at }) => at >= before);
      this.#room.give(whole.length - kept.length);
      if (kept.length === 0) this.#whole.delete(topic);
      else this.#whole.set(topic, kept);
    }
  }
}
