import fc from "fast-check";
import { expect, test } from "vitest";
import type { Match, TrafficPlan, Unit } from "../rollout/traffic.ts";
import { claimOf, compileAssignment, placeOf, saltSeed, type Chance, type MutableRoute } from "./assign.ts";
import type { HeadView } from "./seam.ts";
import { systemChance } from "./table.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_502);
const visitor: Unit = { visitor: { cookie: "serin", maxAgeSeconds: 3600, secure: false } };

function planOf(over: Partial<TrafficPlan> = {}): TrafficPlan {
  const arm = (revision: string) => ({ revision, backends: ["http://127.0.0.1:1"] });
  const base = {
    version: 3,
    rollout: "shop",
    salt: "s1",
    canaryWeight: 5000,
    mirrorWeight: 0,
    unit: visitor,
    matches: [],
  };
  return { ...base, stable: arm("v1"), canary: arm("v2"), ...over };
}

interface Asked {
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  path?: string;
  query?: string;
  address?: string;
}

function head({ headers = {}, cookies = {}, path = "/", query = "", address = "192.0.2.1" }: Asked = {}): HeadView {
  return {
    method: "GET",
    path,
    query,
    header: (name) => headers[name] ?? null,
    cookie: (name) => cookies[name] ?? null,
    remoteAddress: address,
  };
}

const fixed: Chance = { uniform: () => 0.5, id: () => "AAAAAAAAAAAAAAAAAAAAAA" };

function route(plan: TrafficPlan, asked: Asked = {}, chance: Chance = fixed): MutableRoute {
  const into = {
    arm: "stable",
    forced: false,
    unitHi: 0,
    unitLo: 0,
    setCookie: null,
    mirrorTo: null,
    plan: 0,
  } as MutableRoute;
  compileAssignment(plan, chance)(head(asked), into);
  return into;
}

const ids = Array.from({ length: 20_000 }, (_, i) => `visitor-${i}`);

test.each([1, 10, 100, 500, 1000, 2500, 5000, 7500, 9900, 9999, 10_000])(
  "a weight of %i basis points reaches its share within 4.5 binomial deviations, under every salt",
  (weight) => {
    const share = weight / 10_000;
    for (const salt of ["a", "b", "c", "release-7", "release-8"]) {
      const salted = saltSeed(salt);
      const hit = ids.filter((id) => placeOf(id, salted) < weight).length;
      const deviation = Math.sqrt(ids.length * share * (1 - share));
      expect(Math.abs(hit - ids.length * share)).toBeLessThanOrEqual(4.5 * deviation);
    }
  },
);

test("places are uniform: chi-square over 100 cells, for ids that differ in one character only", () => {
  for (const salt of ["x", "y", "z"]) {
    const cells = new Uint32Array(100);
    const salted = saltSeed(salt);
    for (const id of ids) cells[Math.floor(placeOf(id, salted) / 100)] += 1;
    const expected = ids.length / 100;
    const chi = cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(170); // 99 degrees of freedom: p = 1e-5
    expect(chi).toBeGreaterThan(48); // nor too even to be random
  }
});

test("salts are independent: who is on the canary in one release says nothing about the next", () => {
  const salts = ["r1", "r2", "r3", "r4", "r10", "r11"].map(saltSeed);
  for (const [i, one] of salts.entries()) {
    for (const other of salts.slice(i + 1)) {
      const table = [0, 0, 0, 0];
      for (const id of ids) table[Number(placeOf(id, one) < 2000) * 2 + Number(placeOf(id, other) < 2000)] += 1;
      const [neither, second, first, both] = table;
      const n = ids.length;
      const chi =
        (n * (neither * both - first * second) ** 2) /
        ((neither + second) * (first + both) * (neither + first) * (second + both));
      expect(chi).toBeLessThan(20); // 1 degree of freedom: p = 1e-5
    }
  }
});

test("nobody flips: on the canary at w means on the canary at every greater weight, and off it at every smaller one", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 60 }),
      fc.string(),
      fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 8 }),
      (id, salt, weights) => {
        const on = weights
          .toSorted((a, b) => a - b)
          .map((canaryWeight) => {
            const plan = planOf({ salt, canaryWeight, unit: { header: { name: "x-user" } } });
            return route(plan, { headers: { "x-user": id } }).arm === "canary";
          });
        expect(on).toEqual(on.toSorted((a, b) => Number(a) - Number(b)));
      },
    ),
    { seed, numRuns: 300 },
  );
});

test("weight 0 sends nobody and weight 10000 everybody", () => {
  for (const id of ids.slice(0, 2000)) {
    const asked = { headers: { "x-user": id } };
    const unit: Unit = { header: { name: "X-User" } };
    expect(route(planOf({ canaryWeight: 0, unit }), asked).arm).toBe("stable");
    expect(route(planOf({ canaryWeight: 10_000, unit }), asked).arm).toBe("canary");
  }
});

test("places are the same in every process and version", () => {
  const salted = saltSeed("salt");
  const places = ["alice", "bob", "carol"].map((id) => placeOf(id, salted).toFixed(6));
  expect(places).toMatchInlineSnapshot(`
    [
      "4859.691662",
      "2505.318366",
      "1414.832069",
    ]
  `);
});

test("a first-time visitor gets a cookie and can meet the canary at once; the cookie then keeps the arm", () => {
  const chance = systemChance();
  const met = { stable: 0, canary: 0 };
  for (let i = 0; i < 400; i++) {
    const first = route(planOf(), {}, chance);
    const found = /^serin=([A-Za-z0-9_-]{22}); Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/.exec(
      first.setCookie ?? "",
    );
    const again = route(planOf(), { cookies: { serin: found?.[1] ?? "" } }, chance);
    expect(again).toEqual({ ...first, setCookie: null });
    met[first.arm] += 1;
  }
  expect(Math.min(met.stable, met.canary)).toBeGreaterThan(140);
});

test.each(["", "short", "A".repeat(23), `${"A".repeat(21)}B`, `${"A".repeat(20)} A`, `${"A".repeat(21)}é`])(
  "a cookie that Serin did not write (%j) is replaced",
  (value) => {
    expect(route(planOf(), { cookies: { serin: value } }).setCookie).toContain(`serin=${fixed.id()};`);
  },
);

test("the Secure attribute follows the plan, and nobody gets a cookie while nothing is released", () => {
  const unit: Unit = { visitor: { cookie: "who", maxAgeSeconds: 60, secure: true } };
  expect(route(planOf({ unit })).setCookie).toBe(
    `who=${fixed.id()}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure`,
  );
  expect(route(planOf({ canary: null })).setCookie).toBeNull();
});

test("named cookies, headers, claims and addresses are units; without one the address stands in", () => {
  const asked = {
    headers: { "x-user": "u7", authorization: `Bearer ${token({ sub: "u7" })}` },
    cookies: { sid: "u7" },
  };
  const units: Unit[] = [
    { header: { name: "X-User" } },
    { cookie: { name: "sid" } },
    { jwt: { claim: "sub" } },
    { jwt: { claim: "sub", cookie: "tok" } },
  ];
  const [byHeader, ...others] = units.map((unit) => route(planOf({ unit }), asked));
  for (const other of others) expect(other).toEqual(byHeader);
  const byAddress = route(planOf({ unit: { address: {} } }), { address: "203.0.113.9" });
  for (const unit of units) expect(route(planOf({ unit }), { address: "203.0.113.9" })).toEqual(byAddress);
  expect(byAddress.unitHi).not.toBe(byHeader.unitHi);
});

test("by request, each request is tossed alone and names no unit", () => {
  const plan = planOf({ unit: { request: {} }, canaryWeight: 2500 });
  const toss = (uniform: number) => route(plan, {}, { ...fixed, uniform: () => uniform });
  expect(toss(0.2499)).toMatchObject({ arm: "canary", unitHi: 0, unitLo: 0, setCookie: null });
  expect(toss(0.25).arm).toBe("stable");
});

test("copies are a share of stable's units, chosen independently of the arm", () => {
  const unit: Unit = { header: { name: "x-user" } };
  const plan = planOf({ unit, canaryWeight: 3000, mirrorWeight: 1000 });
  const routes = ids.slice(0, 8000).map((id) => route(plan, { headers: { "x-user": id } }));
  const stable = routes.filter(({ arm }) => arm === "stable");
  const copied = stable.filter(({ mirrorTo }) => mirrorTo === "canary").length;
  expect(routes.filter(({ arm, mirrorTo }) => arm === "canary" && mirrorTo !== null)).toEqual([]);
  expect(Math.abs(copied - stable.length * 0.1)).toBeLessThan(4.5 * Math.sqrt(stable.length * 0.09));
});

const on = (match: Omit<Match, "name" | "arm">, arm: Match["arm"] = "canary"): Match => ({ name: "qa", arm, ...match });

test.each<[string, Omit<Match, "name" | "arm">, Asked, boolean]>([
  ["header exact", { header: { name: "X-Team", value: { exact: "qa" } } }, { headers: { "x-team": "qa" } }, true],
  ["header case", { header: { name: "X-Team", value: { exact: "qa" } } }, { headers: { "x-team": "QA" } }, false],
  ["header absent", { header: { name: "X-Team", value: { prefix: "" } } }, {}, false],
  ["header utf-8", { header: { name: "n", value: { exact: "é" } } }, { headers: { n: "\u00c3\u00a9" } }, true],
  ["cookie prefix", { cookie: { name: "team", value: { prefix: "qa-" } } }, { cookies: { team: "qa-7" } }, true],
  ["cookie regex", { cookie: { name: "team", value: { regex: "^qa\\d+$" } } }, { cookies: { team: "qa7x" } }, false],
  ["path prefix", { path: { prefix: "/beta/" } }, { path: "/beta/x" }, true],
  ["path is raw", { path: { exact: "/a" } }, { path: "/%61" }, false],
  ["path regex too long", { path: { regex: "x" } }, { path: `/${"x".repeat(4000)}` }, false],
  ["query decoded", { query: { name: "who", value: { exact: "q a&é" } } }, { query: "a=1&who=q+a%26%C3%A9" }, true],
  ["query first", { query: { name: "who", value: { exact: "b" } } }, { query: "who=a&who=b" }, false],
  ["query malformed", { query: { name: "who", value: { prefix: "%" } } }, { query: "who=%zz" }, true],
  [
    "all conditions",
    { path: { prefix: "/" }, header: { name: "h", value: { exact: "1" } } },
    { headers: { h: "2" } },
    false,
  ],
  ["no condition", {}, {}, false],
])("forced match: %s", (_name, match, asked, holds) => {
  const found = route(planOf({ canaryWeight: 0, matches: [on(match)] }), asked);
  expect(found).toMatchObject({ forced: holds, arm: holds ? "canary" : "stable" });
});

test("the first match wins, is recorded as forced, keeps a known unit and sets no cookie", () => {
  const path = { path: { prefix: "/" } };
  const cookies = { serin: "B".repeat(21) + "A" };
  const plan = planOf({ matches: [on(path, "stable"), on(path)], canaryWeight: 10_000, mirrorWeight: 10_000 });
  expect(route(plan)).toMatchObject({
    arm: "stable",
    forced: true,
    unitHi: 0,
    unitLo: 0,
    setCookie: null,
    mirrorTo: null,
  });
  const known = route(plan, { cookies });
  expect([known.unitHi, known.unitLo]).not.toEqual([0, 0]);
  expect(known.unitHi).toBe(route(planOf(), { cookies }).unitHi);
});

test("nothing is forced to a canary that is not there", () => {
  const plan = planOf({ canary: null, canaryWeight: 10_000, matches: [on({ path: { prefix: "/" } })] });
  expect(route(plan)).toMatchObject({ arm: "stable", forced: false });
});

test("a regular expression that is none is refused by the match's name", () => {
  expect(() => route(planOf({ matches: [on({ path: { regex: "(" } })] }))).toThrow(/match qa.*"\("/);
});

function token(payload: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.c2ln`;
}

test.each<[string, string, string | null]>([
  [token({ sub: "u1" }), "sub", "u1"],
  [`Bearer ${token({ sub: 12 })}`, "sub", "12"],
  [token({ realm: { user: { id: "x" } } }), "realm.user.id", "x"],
  [token({ "https://a.b/id": "y" }), "https://a.b/id", "y"],
  [token({ sub: { id: 1 } }), "sub", null],
  [token({ sub: "" }), "sub", null],
  [token({}), "constructor.name", null],
  [token(null), "sub", null],
  ["a.b", "sub", null],
  ["a.!!.c", "sub", null],
  ["a.b.c.d", "sub", null],
])("claim of %s at %s", (jwt, claim, found) => {
  expect(claimOf(jwt, claim)).toBe(found);
});
