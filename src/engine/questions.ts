/**
 * Questions of one rollout that may take long. A look waits a moment for their answers; what comes later is heard at the
 * next look, which it brings about. So a slow hook or source holds up itself and nobody else.
 */
import type { Clock } from "./ports.ts";

/** How long a look waits for whoever has not answered, milliseconds: less than the time between two looks. */
export const PROMPT_MS = 200;

interface Open {
  /** What it was about: an answer is good for this and no longer. */
  readonly topic: string;
  readonly settled: Promise<void>;
  /** The answer, once there is one. */
  answer: { readonly value: unknown } | null;
  /** A look has gone on without it. */
  late: boolean;
}

export class Questions {
  readonly #open = new Map<string, Open>();
  readonly #clock: Clock;
  readonly #answered: () => void;

  /** `answered` is called when an answer comes that no look waits for. */
  constructor(clock: Clock, answered: () => void) {
    this.#clock = clock;
    this.#answered = answered;
  }

  /** Asks, unless the same subject is still being asked. `ask` must not reject. */
  ask(subject: string, topic: string, ask: () => Promise<unknown>): void {
    const known = this.#open.get(subject);
    if (known !== undefined && (known.answer === null || known.topic === topic)) return;
    const settled = ask().then((value) => {
      open.answer = { value };
      if (open.late) this.#answered();
    });
    const open: Open = { topic, settled, answer: null, late: false };
    this.#open.set(subject, open);
  }

  /** Until everybody has answered whom no look has waited for yet, or the moment is over. */
  async wait(): Promise<void> {
    const open = [...this.#open.values()].filter(({ late }) => !late);
    let over = () => {};
    const moment = new Promise<void>((resolve) => {
      over = this.#clock.wakeAt(this.#clock.now() + PROMPT_MS, resolve);
    });
    await Promise.race([moment, Promise.all(open.map(({ settled }) => settled))]);
    over();
    for (const one of open) one.late = true;
  }

  /** The answer on this topic, if it has come: undefined while it has not. Answers on other topics are dropped. */
  take(subject: string, topic: string): unknown {
    const open = this.#open.get(subject);
    if (open?.answer === null || open === undefined) return undefined;
    this.#open.delete(subject);
    return open.topic === topic ? open.answer.value : undefined;
  }
}
