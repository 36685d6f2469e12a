/** Argo's canary and blue-green as steps. */
import type { Part } from "../manifest.ts";
import { because, from } from "../said.ts";
import { secondsOf, spanOf } from "./durations.ts";
import { gatesFor } from "./metrics.ts";
import type { Release } from "./release.ts";
import { matchOf } from "./routes.ts";

export interface Way {
  readonly steps: readonly unknown[];
  readonly matches: readonly unknown[];
}

/** An analysis as step `index`, from 1: its metrics are limits that look while it runs, and that it waits for. */
function analysed(release: Release, analysis: Part, index: number, weight: number): unknown {
  const { takes, every, acts } = gatesFor(release, analysis, { from: index, to: index });
  const atLeast = secondsOf(takes);
  if (!acts && (weight === 0 || weight >= 100))
    return { pause: from(analysis, { for: atLeast }, "what only reports is not waited for") };
  // looks are at round times: the first may come an interval later than there, and its answer another
  return { analyze: from(analysis, { for: secondsOf(takes + 2 * every), atLeast }) };
}

export function canaryWay(release: Release, canary: Part): Way {
  const full = canary.get("trafficRouting", "maxTrafficWeight").number() ?? 100;
  const walk = new Walk(release, full);
  const list = canary.get("steps").items();
  for (const step of list) walk.take(step);
  background(release, canary.get("analysis"), walk);
  if (list.length > 0) return walk;
  release.notes.change(
    canary,
    "without steps Argo replaces instance after instance: here it is promoted as soon as it is ready",
  );
  return { steps: [{ setWeight: because("ready, and then promoted", 0) }], matches: [] };
}

/** It watches along, from a step on where that is said. Argo counts its steps from 0. */
function background(release: Release, analysis: Part, walk: Walk): void {
  if (!analysis.there) return;
  const start = analysis.get("startingStep");
  const said = start.number() ?? 0;
  const first = walk.begins[said];
  if (first === undefined && said > 0)
    release.notes.change(start, "there is no such step: gates watch from the first on");
  else release.notes.keep(start, first === undefined || first < 2 ? "is the first step" : `is step ${first} here`);
  gatesFor(release, analysis, first === undefined || first < 2 ? null : { from: first });
}

class Walk implements Way {
  readonly steps: unknown[] = [];
  readonly matches: unknown[] = [];
  /** As which step of ours, from 1, each step of theirs begins. */
  readonly begins: number[] = [];
  readonly #release: Release;
  readonly #full: number;
  #weight = 0;

  constructor(release: Release, full: number) {
    this.#release = release;
    this.#full = full;
  }

  take(step: Part): void {
    this.begins.push(this.steps.length + 1);
    const kind = Object.keys(kinds).find((key) => step.get(key).raw !== undefined);
    if (kind === undefined) return this.#release.notes.lose(step, "is no step that Argo knows", true);
    kinds[kind](this, step.get(kind));
  }

  weigh(part: Part): void {
    const share = ((part.number() ?? 0) * 100) / this.#full;
    if (share < this.#weight)
      return this.#release.notes.lose(
        part,
        `the share shrinks here, from ${this.#weight}, and Serin's only grow`,
        true,
      );
    this.#weight = share;
    this.steps.push({ setWeight: from(part, share) });
  }

  pause(part: Part): void {
    const ms = spanOf(part.get("duration"));
    part.take();
    this.steps.push({
      pause: from(part, ms === null ? {} : { for: secondsOf(ms) }, ms === null ? "until a person resumes" : ""),
    });
  }

  analyse(part: Part): void {
    if (this.steps.length === 0) this.steps.push({ setWeight: because("the canary is ready, and meets nobody", 0) });
    this.steps.push(analysed(this.#release, part, this.steps.length + 1, this.#weight));
  }

  route(part: Part): void {
    const match = matchOf(part, this.#release);
    if (match !== null) this.matches.push(match);
  }

  mirror(part: Part): void {
    const [match, percentage] = [part.get("match"), part.get("percentage")];
    if (match.items().length > 0)
      return this.lose(part, "copies are taken of all requests alike, not of some that match");
    part.get("name").take();
    const share = percentage.number();
    this.steps.push({
      mirror: percentage.there ? from([percentage, part], share ?? 0) : from(part, 0, "no more copies"),
    });
  }

  lose(part: Part, why: string, stops = true): void {
    this.#release.notes.lose(part, why, stops);
  }
}

const kinds: Readonly<Record<string, (walk: Walk, part: Part) => void>> = {
  setWeight: (walk, part) => walk.weigh(part),
  pause: (walk, part) => walk.pause(part),
  analysis: (walk, part) => walk.analyse(part),
  setHeaderRoute: (walk, part) => walk.route(part),
  setMirrorRoute: (walk, part) => walk.mirror(part),
  setCanaryScale: (walk, part) => walk.lose(part, "nothing is scaled: both versions run as you started them", false),
  replicaProgressThreshold: (walk, part) => walk.lose(part, "a backend is well or not, by its health check", false),
  experiment: (walk, part) => walk.lose(part, "no versions beside stable and canary are run"),
  plugin: (walk, part) => walk.lose(part, "a plugin of Argo's is a program for Argo alone"),
};

/** The preview is tried by nobody's requests; then everybody is switched. */
export function blueGreenWay(release: Release, strategy: Part): Way {
  const [before, after] = [strategy.get("prePromotionAnalysis"), strategy.get("postPromotionAnalysis")];
  const steps: unknown[] = [{ setWeight: because("the preview meets nobody", 0) }];
  if (before.there) steps.push(analysed(release, before, steps.length + 1, 0));
  steps.push(...waiting(strategy), { setWeight: because("the switch", 100) });
  if (after.there) steps.push(analysed(release, after, steps.length + 1, 100));
  return { matches: [], steps };
}

function waiting(strategy: Part): readonly unknown[] {
  const [seconds, enabled] = [strategy.get("autoPromotionSeconds"), strategy.get("autoPromotionEnabled")];
  const ms = spanOf(seconds);
  if (ms !== null && ms > 0) {
    enabled.take();
    return [{ pause: from(seconds.there && enabled.there ? [seconds, enabled] : seconds, { for: secondsOf(ms) }) }];
  }
  return enabled.flag() === false ? [{ approve: from(enabled, {}) }] : [];
}
