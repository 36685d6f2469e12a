/** The shares that Flagger goes through, by its own arithmetic. */
import type { Part } from "../manifest.ts";
import { from, type Said } from "../said.ts";
import type { Canary } from "./canary.ts";

const FULL = 100;
/** What neither ends nor grows is not gone through for ever. */
const MOST = 200;

/**
 * From 0 on: the next share is the one after the present in `stepWeights`, or `stepWeight` more; it goes on until the
 * share has reached `maxWeight` (of a list, its last). So `maxWeight` can be overshot: 20, 40, 60 for 50 by 20.
 */
export function weightsOf(canary: Canary): readonly Said[] {
  const { analysis } = canary;
  const list = analysis.get("stepWeights");
  return list.there ? listed(canary, list) : linear(canary, analysis.get("stepWeight"), analysis.get("maxWeight"));
}

function linear({ notes }: Canary, step: Part, most: Part): readonly Said[] {
  const by = step.number();
  const max = most.number() ?? FULL;
  if (by === undefined) return [];
  if (by <= 0) {
    notes.lose(step, "a step of 0 never goes on, in Flagger neither: say how much the share grows", true);
    return [];
  }
  const shares: Said[] = [];
  for (let share = Math.min(FULL, by); shares.length < MOST; share = Math.min(FULL, share + by)) {
    const last = share >= max && most.there;
    shares.push(from(last ? [step, most] : step, share, share > max ? `beyond maxWeight ${max}, as Flagger goes` : ""));
    if (share >= max || share >= FULL) return shares;
  }
  return shares;
}

function listed({ analysis, notes }: Canary, list: Part): readonly Said[] {
  notes.lose(analysis.get("maxWeight"), "stepWeights say how far it goes, in Flagger too");
  const parts = list.items();
  const shares = parts.map((part) => part.number() ?? 0);
  const last = Math.min(FULL, shares.at(-1) ?? FULL);
  const gone: Said[] = [];
  for (const [i, share] of shares.entries()) {
    const wrong = faultOf(shares, i);
    if (wrong !== null) {
      notes.lose(parts[i], wrong, true);
      continue;
    }
    gone.push(from(parts[i], Math.min(FULL, share)));
    if (share >= last && i < shares.length - 1) {
      parts
        .slice(i + 1)
        .forEach((part) =>
          notes.lose(part, `never reached: ${share} is as much as the last share, so Flagger promotes there`),
        );
      return gone;
    }
  }
  return gone;
}

/** Shares that stall Flagger for ever, or that take visitors back from the canary. */
function faultOf(shares: readonly number[], i: number): string | null {
  if (shares.indexOf(shares[i]) < i) return `a share that is listed twice stalls the release for ever, in Flagger too`;
  if (!Number.isInteger(shares[i]) || shares[i] < 0 || shares[i] > FULL) return "expected a whole share from 0 to 100";
  return i > 0 && shares[i] < shares[i - 1]
    ? `the share shrinks here, from ${shares[i - 1]}, and Serin's only grow`
    : null;
}
