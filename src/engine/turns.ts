/** One turn at a time: asked for while it runs, it runs once more afterwards, for what was asked may be newer than what it saw. */
export class Turns {
  readonly #turn: () => Promise<void>;
  #wanted = false;
  #running: Promise<void> | null = null;

  /** `turn` keeps its failures to itself. */
  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  ask(): void {
    this.#wanted = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#turn();
    }
    // In the same breath as the last look at #wanted: what is asked from now on starts anew.
    this.#running = null;
  }
}
