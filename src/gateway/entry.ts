/** The record of one request: of its first attempt, whatever is tried after it. */
import type { Failure, Flight, Recorder, Route } from "./seam.ts";

export class Entry {
  readonly #recorder: Recorder;
  #flight: Flight = 0;
  #open = false;
  /** The same request again, as the original that a copy is compared with. */
  #twin: Flight = 0;
  #twinOpen = false;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  begin({ arm, forced, unitHi, unitLo, plan }: Route, copied: boolean, nowMs: number): void {
    this.#flight = this.#recorder.begin(arm, forced ? "forced" : "assigned", unitHi, unitLo, plan, nowMs);
    this.#open = true;
    if (!copied) return;
    this.#twin = this.#recorder.begin(arm, "mirrored", unitHi, unitLo, plan, nowMs);
    this.#twinOpen = true;
  }

  /** Later calls, about later attempts, change nothing. */
  end(status: number, failure: Failure | null, nowMs: number): void {
    if (this.#open) this.#recorder.end(this.#flight, status, failure, nowMs);
    this.#open = false;
    if (this.#twinOpen) this.#recorder.end(this.#twin, status, failure, nowMs);
    this.#twinOpen = false;
  }

  abandon(nowMs: number): void {
    if (this.#open) this.#recorder.abandon(this.#flight, nowMs);
    this.#open = false;
    if (this.#twinOpen) this.#recorder.abandon(this.#twin, nowMs);
    this.#twinOpen = false;
  }
}
