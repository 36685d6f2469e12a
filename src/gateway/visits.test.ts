import fc from "fast-check";
import { expect, test } from "vitest";
import { seeded } from "../stats/random.ts";
import { murmurString, type Lanes } from "./hash.ts";
import { SESSION_MS, Visits, type Under } from "./visits.ts";

const lanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };

function nameOf(person: number): readonly [number, number] {
  murmurString(`person ${person}`, 7, lanes);
  return [lanes.h3 >>> 0, lanes.h4 >>> 0];
}

/** Plans one after the other, as `stages.ts` tells of them. */
function undersOf(weights: readonly number[]): Under[] {
  return weights.map((weight, i) => ({ weight, lowered: weight < Math.max(0, ...weights.slice(0, i)) }));
}

const person = fc.record({
  place: fc.integer({ min: 0, max: 9999 }),
  seen: fc.array(fc.nat({ max: 5 }), { maxLength: 8 }),
});

test("whoever is assigned by their place never flips, however the share moves and however late requests end", () => {
  const weights = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.array(person, { maxLength: 30 }), (plans, people) => {
      const visits = new Visits(0);
      const unders = undersOf(plans);
      let both = 0;
      for (const [i, { place, seen }] of people.entries()) {
        const arms = new Set(seen.map((plan) => (place < plans[plan] ? "canary" : "stable")));
        for (const plan of seen) visits.meet(...nameOf(i), place < plans[plan] ? "canary" : "stable", unders[plan], 0);
        if (arms.size === 2) both += 1;
      }
      const { cameOver, movedBack, flipped } = visits.moves();
      expect(flipped).toBe(0);
      expect(cameOver + movedBack).toBe(both);
    }),
  );
});

test("a share that grows brings people over, one that is lowered moves them back, all else is a flip", () => {
  const [five, fifty, ten] = undersOf([500, 5000, 1000]);
  const visits = new Visits(0);
  const meet = (who: number, arm: "stable" | "canary", under: Under) => visits.meet(...nameOf(who), arm, under, 0);
  meet(1, "stable", five);
  meet(1, "canary", fifty);
  meet(2, "canary", fifty);
  meet(2, "stable", ten);
  meet(3, "canary", five);
  meet(3, "stable", five);
  // came over, and a slow request of the first plan ends late
  meet(4, "canary", fifty);
  meet(4, "stable", five);
  visits.fellBack(...nameOf(5));
  meet(6, "stable", five);
  visits.forced(...nameOf(6), "canary");
  visits.forced(...nameOf(7), "canary");
  expect(visits.moves()).toEqual({ cameOver: 2, movedBack: 1, fellBack: 1, forced: 1, flipped: 1 });
  expect(visits.exact).toBe(true);
});

test("a session ends with a pause of half an hour, and everybody has their own on each arm", () => {
  const [five, fifty] = undersOf([500, 5000]);
  const visits = new Visits(1000);
  const at = (ms: number) => 1000 + ms;
  for (const ms of [0, 1000, SESSION_MS, 2 * SESSION_MS, 3 * SESSION_MS + 1000])
    visits.meet(...nameOf(1), "stable", five, at(ms));
  expect([visits.sessions("stable"), visits.sessions("canary")]).toEqual([2, 0]);
  visits.meet(...nameOf(1), "canary", fifty, at(3 * SESSION_MS + 2000));
  visits.meet(...nameOf(2), "canary", fifty, at(3 * SESSION_MS + 2000));
  // a request that ended out of order begins nothing
  visits.meet(...nameOf(2), "canary", fifty, at(0));
  expect([visits.sessions("stable"), visits.sessions("canary")]).toEqual([2, 2]);
});

test("with more people than there is room for, numbers are estimates within 4 standard errors, and say so", () => {
  const [five, fifty] = undersOf([500, 5000]);
  const [most, people] = [2048, 60_000];
  const visits = new Visits(0, most);
  const random = seeded(11);
  let [moved, sessions] = [0, 0];
  for (let who = 0; who < people; who++) {
    const returns = random() < 0.3;
    visits.meet(...nameOf(who), "stable", five, 0);
    if (random() < 0.2) {
      visits.meet(...nameOf(who), "canary", fifty, 1000);
      moved += 1;
    }
    if (returns) visits.meet(...nameOf(who), "stable", five, 2 * SESSION_MS);
    sessions += returns ? 2 : 1;
  }
  expect(visits.exact).toBe(false);
  // at least half of the room is used: one standard error of a share p of the people is at most sqrt(p / 1024)
  expect(Math.abs(visits.moves().cameOver - moved) / people).toBeLessThan(4 * Math.sqrt(0.2 / (most / 2)));
  expect(Math.abs(visits.sessions("stable") - sessions) / people).toBeLessThan(4 * Math.sqrt(1.9 / (most / 2)));
});
