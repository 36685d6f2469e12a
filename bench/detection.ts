/**
 * How soon harm is found and how often none is, by Serin and by models of what others publish. Deterministic: the same
 * seeds give the same tables, but for the cost of folding, which is about this machine.
 *   node bench/detection.ts [--hours 4000] [--runs 10000] [--peers 400] [--write]     (--write: into docs/benchmarks.md)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { costs } from "./detection/cost.ts";
import { faults, fewest, otherFaults, overBound, right, wrong, type Found } from "./detection/races.ts";
import { rules, serin } from "./detection/rules.ts";
import { ramped, rolledBackAfter } from "./detection/rollouts.ts";
import { constant, percent, quiet } from "./detection/worlds.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "4000" },
    runs: { type: "string", default: "10000" },
    peers: { type: "string", default: "400" },
    write: { type: "boolean", default: false },
  },
});
const [hours, runs, peers] = [values.hours, values.runs, values.peers].map(Number);

const out: string[] = [];
function say(line: string): void {
  out.push(line);
  process.stdout.write(`${line}\n`);
}
function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => say(`| ${cells.join(" | ")} |`);
  line(head);
  line(head.map(() => "---"));
  rows.forEach(line);
  say("");
}
const digits = (x: number, n: number) => x.toFixed(n);
const title = ([theta0, theta]: readonly [number, number]) => `${percent(theta0)} to ${percent(theta)}`;

say("#### Canary requests until the rollback, over the least that any rule needs");
say("");
say(
  `Mean over ${runs} releases with the fault from the start, 5 % of traffic, alpha 1 %, ticks of a quarter of a second. The bound is ` +
    "Wald's for power 95 %, with the rule's own margin. Late faults are watched for all the while.",
);
say("");
const over = [
  { rule: serin(1), margin: 1, perSecond: 1000 },
  { rule: serin(1), margin: 1, perSecond: 100 },
  { rule: serin(1, false), margin: 1, perSecond: 1000 },
  { rule: serin(1.25), margin: 1.25, perSecond: 1000 },
];
table(
  ["rule", "requests/s", ...faults.map(title), "mean (standard error)"],
  over.map(({ rule, margin, perSecond }) => {
    const { each, mean, error } = overBound(rule, margin, runs, perSecond);
    const cells = each.map((x) => digits(x, 2));
    return [rule.name, String(perSecond), ...cells, `**${digits(mean, 3)}** (${digits(error, 3)})`];
  }),
);
say(
  `The bound itself, in canary requests: ${faults.map((fault) => `${title(fault)} ${Math.round(fewest(fault, 1))}`).join(", ")}.`,
);
say("");

say("The same for faults of other sizes, stable failing 0.2 %, a quarter of the releases:");
say("");
const others = overBound(serin(1), 1, Math.ceil(runs / 4), 1000, otherFaults);
table(
  [
    "rule",
    ...otherFaults.map(([theta0, theta]) => `${Number((theta / theta0).toPrecision(3))} times`),
    "mean (standard error)",
  ],
  [
    [
      serin(1).name,
      ...others.each.map((x) => digits(x, 2)),
      `**${digits(others.mean, 3)}** (${digits(others.error, 3)})`,
    ],
  ],
);

say("#### Seconds until the rollback");
say("");
say(
  `Mean of ${peers} releases at 1,000 requests a second, 5 % to the canary, at most an hour; in brackets how many were found if not all.`,
);
say("");
const cell = ({ seconds, found }: Found) => {
  if (found === 0) return "never";
  return found < 1 ? `${digits(seconds, 0)} (${digits(100 * found, 0)} %)` : digits(seconds, seconds < 20 ? 1 : 0);
};
const times = faults.map(([theta0, theta]) => right(rules, peers, constant(theta0, theta, 1000)));
table(
  ["rule", ...faults.map(title)],
  rules.map((rule, i) => [rule.name, ...times.map((found) => cell(found[i]))]),
);

say("#### Good releases that are taken back");
say("");
say(
  `Percent of ${hours} hours each, at 100 requests a second with nothing wrong, 5 % to the canary. Promised: 1; the standard error of ` +
    `one cell at 1 is ${digits(100 * Math.sqrt(0.0099 / hours), 2)}, of all ${digits(100 * Math.sqrt(0.0099 / hours / quiet.length), 2)}. Drift: failures rise from 0.1 to ` +
    "1 % for both. Ramp: 1, 5, 25, 50 % for a quarter of an hour each while failures rise from 0.2 to 1 %. Shocks: every minute has a level of its own. " +
    "Bursts: a failing client fails three times on average; Serin counts clients, the others requests.",
);
say("");
const falsely = quiet.map((world) => wrong(rules, hours, world));
const mean = (rates: readonly number[]) => rates.reduce((a, b) => a + b) / rates.length;
table(
  ["rule", ...quiet.map(({ name }) => name), "all"],
  rules.map((rule, i) => {
    const rates = falsely.map((all) => all[i]);
    return [rule.name, ...rates.map((rate) => digits(100 * rate, 2)), `**${digits(100 * mean(rates), 2)}**`];
  }),
);

say("#### Whole releases");
say("");
const late = right([serin(1), serin(1.25)], Math.ceil(runs / 5), constant(0.001, 0.005, 1000, 1000, 1800), 2600, 1800);
const live = rolledBackAfter({ theta0: 0.005, theta: 0.05, perSecond: 1000, share: 0.05 }, Math.min(runs, 400));
const promise = ramped(Math.max(100, Math.round(hours / 10)));
table(
  ["what", "found"],
  [
    [
      "a fault at minute 30 of an hour, 0.1 % to 0.5 %, 1,000 requests/s, margin 1: mean seconds (95 %)",
      `**${digits(late[0].seconds, 1)}** (${digits(late[0].q95, 0)})`,
    ],
    ["the same, margin 1.25", `${digits(late[1].seconds, 1)} (${digits(late[1].q95, 0)})`],
    [
      "0.5 % to 5 %, 5 % of 1,000 requests/s, default gates (failures and latency): median seconds (95 %)",
      `**${digits(live.median, 2)}** (${digits(live.q95, 2)})`,
    ],
    [
      `${promise.releases} releases over a ramp 1, 5, 25, 50 % with both gates, drifting level, shared shocks, coming and going traffic, equal arms: rolled back`,
      `${digits(100 * promise.rolledBack, 2)} % (promised 1 %)`,
    ],
  ],
);

say("#### What folding costs");
say("");
const [f, l, t] = costs();
table(
  ["gate", "microseconds a tick", "bytes of evidence"],
  [
    ...[f, l, t].map((c) => [c.gate, digits(c.microseconds, 2), String(c.bytes)]),
    [
      "20 gates: 12 of failures, 6 of latency, 2 limits",
      `**${digits(12 * f.microseconds + 6 * l.microseconds + 2 * t.microseconds, 0)}**`,
      "",
    ],
  ],
);

const [BEGIN, END] = ["<!-- detection -->", "<!-- /detection -->"];
if (values.write) {
  const file = new URL("../docs/benchmarks.md", import.meta.url);
  const text = readFileSync(file, "utf8");
  const [before, rest] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
  writeFileSync(file, `${before}\n\n${out.join("\n").trim()}\n\n${rest}`);
}
