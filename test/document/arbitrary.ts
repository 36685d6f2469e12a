/** Documents that are well, as people may write them: for properties. */
import fc from "fast-check";

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((t) => !/\p{Cc}/u.test(t));
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const duration = fc
  .tuple(fc.integer({ min: 1, max: 59 }), fc.constantFrom("s", "m", "h"))
  .map(([amount, unit]) => `${amount}${unit}`);
const rate = fc
  .integer({ min: 1, max: 499 })
  .chain((permille) => fc.constantFrom<string | number>(permille / 1000, `${permille / 10}%`));
/** Basis points as written: a number or a text. */
const written = (basis: number) => fc.constantFrom<string | number>(basis / 100, `${basis / 100}%`);
const share = fc.integer({ min: 1, max: 9999 }).chain(written);
const optional = { requiredKeys: [] };

const health = fc.record(
  {
    path: fc.constantFrom("/", "/healthz", "/up?x=1"),
    interval: duration,
    timeout: duration,
    unhealthyAfter: fc.nat(99).map((n) => n + 1),
  },
  optional,
);

/** Ports tell arms and backends apart; none is a gateway's. */
const arm = (revision: string, from: number) =>
  fc.record(
    {
      revision: text.map((t) => `${revision}${t}`),
      backends: fc
        .uniqueArray(fc.integer({ min: from, max: from + 99 }), { minLength: 1, maxLength: 3 })
        .map((ports) => ports.map((port) => `http://127.0.0.1:${port}`)),
      health,
    },
    { requiredKeys: ["revision", "backends"] },
  );

const value = fc.oneof(
  fc.record({ exact: text }),
  fc.record({ prefix: text }),
  fc.constantFrom("^/admin/", "a|b", "[0-9]+$").map((regex) => ({ regex })),
);
const named = fc.record({ name: token, value });
const condition = fc
  .record({ path: value, header: named, cookie: named, query: named }, optional)
  .filter((conditions) => Object.keys(conditions).length > 0);
const match = fc
  .tuple(word, fc.constantFrom("stable", "canary"), condition)
  .map(([name, of, rest]) => ({ name, arm: of, ...rest }));

const weights = fc
  .uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 1, maxLength: 6 })
  .chain((list) => fc.tuple(...list.toSorted((a, b) => a - b).map(written)));
const strategy = fc.oneof(
  fc.record({
    canary: fc.record(
      { weights, stage: fc.constantFrom("1h", "2h"), atLeast: fc.constantFrom("1s", "10m"), early: fc.boolean() },
      optional,
    ),
  }),
  fc.record({
    blueGreen: fc.record({ mirror: share, check: duration, approve: fc.boolean(), bake: duration }, optional),
  }),
  fc.record({
    abTest: fc.record(
      { weight: share, for: duration, ending: fc.constantFrom("approve", "promote", "end") },
      { requiredKeys: ["for"] },
    ),
  }),
  fc.record({ shadow: fc.record({ share, for: duration, ending: fc.constantFrom("end", "promote") }, optional) }),
  fc.constant({
    canary: {
      steps: [
        { mirror: 10 },
        { analyze: {} },
        { setWeight: "0.5%" },
        { analyze: { for: "5m" } },
        { approve: { note: "look" } },
        { setWeight: 100 },
        { pause: {} },
      ],
    },
  }),
);

const count = fc.constantFrom("auto", "requests");
const ratio = fc.double({ min: 1.01, max: 100, noNaN: true });
const kind = fc.oneof(
  fc.record({
    failures: fc.record(
      {
        of: fc.subarray(["5xx", "connect", "reset", "timeout"], { minLength: 1 }),
        count,
        margin: fc.oneof(fc.record({ ratio }), fc.record({ points: rate })),
        limit: fc.record({ ratio, points: rate }, optional).filter((limit) => Object.keys(limit).length > 0),
      },
      optional,
    ),
  }),
  fc.record({
    latency: fc.record(
      { count, quantile: fc.double({ min: 0.01, max: 0.999, noNaN: true }), ratio, limit: ratio },
      optional,
    ),
  }),
  fc.record({
    mean: fc.record(
      {
        cap: fc.double({ min: 1, max: 1e6, noNaN: true }),
        floor: fc.constant(0),
        worse: fc.constant("higher"),
        margin: fc.oneof(fc.record({ ratio }), fc.record({ amount: fc.double({ min: 0.001, max: 0.9, noNaN: true }) })),
        limit: fc.record({ ratio }),
        unit: fc.constantFrom("", "tokens"),
      },
      { requiredKeys: ["cap"] },
    ),
    source: fc.constantFrom(
      { events: { perUnit: { of: "visit", sum: "page" } } },
      { events: { perUnit: { of: "visit", mean: "score", within: "1m" } } },
    ),
  }),
  fc.record({
    series: fc.record(
      {
        value: fc.constantFrom("p99", "failureRate"),
        every: duration,
        margin: fc.record({ ratio }),
        block: fc.integer({ min: 1, max: 200 }),
      },
      { requiredKeys: ["value"] },
    ),
  }),
  fc.record({
    threshold: fc.record(
      { value: fc.constantFrom("p99", "requestRate"), max: fc.nat(), every: duration },
      { requiredKeys: ["value", "max"] },
    ),
  }),
);
const gate = fc
  .tuple(
    fc.record(
      {
        name: word,
        weight: fc.integer({ min: 1, max: 1000 }),
        dryRun: fc.boolean(),
        source: fc.constant({ gateway: {} }),
      },
      { requiredKeys: ["name"] },
    ),
    kind,
  )
  .map(([base, said]) => ({ ...base, ...said }));

const hook = fc.record(
  {
    name: word,
    on: fc.constantFrom("confirmRollout", "preRollout", "rollout", "rollback", "event"),
    url: fc.webUrl({ validSchemes: ["http", "https"] }),
    timeout: duration,
    failures: fc.integer({ min: 1, max: 1000 }),
    metadata: fc.dictionary(word, text, { maxKeys: 3 }),
  },
  { requiredKeys: ["name", "on", "url"] },
);

const secret = fc.oneof(fc.record({ env: fc.constant("TOKEN") }), fc.record({ file: fc.constant("/run/secrets/x") }));
const notification = fc.oneof(
  fc.record({ name: word, console: fc.record({ json: fc.boolean() }, optional) }),
  fc.record({ name: word, slack: fc.record({ url: secret }), only: fc.constant(["good", "bad"]) }),
  fc.record({ name: word, webhook: fc.record({ url: fc.oneof(fc.constant("https://ops.example/"), secret), secret }) }),
);

const list = <T extends { readonly name: string }>(of: fc.Arbitrary<T>, minLength = 0) =>
  fc.uniqueArray(of, { selector: ({ name }) => name, minLength, maxLength: 3 });

const spec = fc.record(
  {
    gateway: fc.record(
      {
        listen: fc.constantFrom(":8080", "127.0.0.1:0", "[::1]:80"),
        workers: fc.constantFrom(1, 4, "auto"),
        trustForwarded: fc.nat(10),
      },
      optional,
    ),
    stable: arm("v1", 9000),
    canary: arm("v2", 9100),
    assignment: fc.record(
      {
        by: fc.oneof(
          fc.constantFrom("visitor", "request", "address"),
          fc.record({ cookie: token }),
          fc.record({ jwt: fc.record({ claim: word }) }),
        ),
      },
      optional,
    ),
    matches: list(match),
    strategy,
    gates: list(gate, 1),
    hooks: list(hook),
    promise: fc.record({ falseRollback: rate, falsePromotion: rate }, optional),
    whenUndecided: fc.constantFrom("hold", "advance", "rollback"),
    notifications: list(notification),
  },
  { requiredKeys: ["stable"] },
);

export const documents = fc.record({
  apiVersion: fc.constant("serin.dev/v1alpha1"),
  kind: fc.constant("Rollout"),
  metadata: fc.record({ name: word }),
  spec,
});
