/**
 * A program of one's own: what it prints, or how it ends. It is run once for each arm and span, without a shell, and is
 * told of both by its environment (SERIN_ARM, SERIN_REVISION, SERIN_FROM, SERIN_TO, ...) and by words in its arguments.
 *
 *     source:
 *       command:
 *         argv: [/usr/local/bin/count-orders, --version, "{{revision}}", --from, "{{from}}", --to, "{{to}}"]
 *         reads: counts      # {"total": 120, "bad": 3}
 *
 * Whoever may change a document could run anything with this, so a server only does it when it was started to.
 */
import { z } from "zod";
import type { Arm, Counts, Measurement } from "../analysis/measurement.ts";
import { redact, secretSchema } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import { durationFrom, formatDuration } from "../rollout/amounts.ts";
import { amountsOf, tickedAmounts, type MeanQuery } from "./amounts.ts";
import { quoted } from "./asking/asker.ts";
import type { Ran } from "../engine/run.ts";
import { asCounts, spanwise, ticked, valueOrNot, whole } from "./numbers.ts";
import { answering, checkWords, ofBoth, paceShape, wordsShape, type Look } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

const config = z
  .strictObject({
    argv: z
      .array(z.string().max(10_000))
      .min(1)
      .max(100)
      .refine((argv) => argv[0] !== "", "expected a program")
      .describe("the program and its arguments, each by itself: no shell reads them"),
    reads: z
      .enum(["number", "exitCode", "counts", "amounts"])
      .default("number")
      .describe(
        `what is read: a number it prints, its exit code, {"total": 120, "bad": 3} or a list of amounts, [410, 388], that it prints`,
      ),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of a variable"),
        z.union([z.string().max(10_000), secretSchema]),
      )
      .default({})
      .describe("variables for it; a secret for tokens. Of Serin's own it has PATH alone"),
    timeout: durationFrom(100)
      .refine((ms) => ms <= 10_000, "expected at most 10s")
      .prefault("5s")
      .describe("how long it may run"),
    ...wordsShape,
    ...paceShape("1m", "0s"),
  })
  .superRefine((written, ctx) => {
    const texts = written.argv.map((text, i) => ({ text, path: ["argv", i] }));
    checkWords(written, texts, false, ctx);
  })
  .describe("a program of one's own");

type Settings = z.output<typeof config>;

/** Asked of itself: what is asked stands in the arguments. */
const itself = { total: "total", part: "bad", counts: "bad" } as const;

export const command = defineMetricSource({
  name: "command",
  config,
  offers: ({ reads }) => (reads === "counts" ? ["counts", "value"] : reads === "amounts" ? ["mean"] : ["value"]),
  create(settings, deps) {
    const questions = {
      stable: settings.stable,
      canary: settings.canary,
      ...questionsOf(settings.reads),
    };
    const source = answering({
      name: `the command ${settings.argv[0]}`,
      rollout: deps.rollout,
      questions,
      answers: {
        counts: (_questions, look) => countsFrom(settings, deps, look),
        mean: (query, look) => amountsFrom(settings, deps, query, look),
        value: async (_text, look) =>
          valueOrNot(numberIn(await runFor(settings, deps, look.arm, look), settings), look.window),
      },
    });
    return spanwise(source, settings.interval);
  },
});

const questionsOf = (reads: Settings["reads"]) =>
  reads === "counts" ? { counts: itself } : reads === "amounts" ? { amounts: reads } : { value: reads };

async function amountsFrom(
  settings: Settings,
  deps: MetricSourceDeps,
  query: MeanQuery,
  look: Look,
): Promise<Measurement> {
  const found = await ofBoth(async (arm) => {
    const { stdout } = await runFor(settings, deps, arm, look);
    return amountsOf(
      listIn(stdout, settings).map((value) => [value, 1] as const),
      query,
    );
  });
  return tickedAmounts(found, query, look.window, look.split.plan);
}

function listIn(stdout: string, { argv }: Settings): readonly number[] {
  try {
    return z.array(z.number()).parse(JSON.parse(stdout));
  } catch {
    const message = `${argv[0]} printed ${quoted(JSON.stringify(stdout))}, where a list of numbers was asked for`;
    throw new SerinError("SOURCE_FAILED", message);
  }
}

async function countsFrom(settings: Settings, deps: MetricSourceDeps, look: Look): Promise<Measurement> {
  const counted = await ofBoth(async (arm): Promise<Counts> => {
    const { stdout } = await runFor(settings, deps, arm, look);
    return countsIn(stdout, settings, arm);
  });
  return ticked(counted, look.window, look.split.plan);
}

async function runFor(
  { argv, env, timeout, reads }: Settings,
  deps: MetricSourceDeps,
  arm: Arm,
  look: Look,
): Promise<Ran> {
  const { rollout, secrets, run } = deps;
  if (run === null)
    throw new SerinError(
      "SOURCE_FAILED",
      "this server runs no commands of documents: start it with SERIN_COMMANDS=allow",
    );
  const { window, split, signal } = look;
  const given = Object.entries(env).map(
    async ([name, value]) => [name, typeof value === "string" ? value : await secrets(value)] as const,
  );
  const own = Object.fromEntries(await Promise.all(given));
  const told = {
    SERIN_ROLLOUT: rollout,
    SERIN_ARM: arm,
    SERIN_REVISION: split[arm].revision,
    SERIN_FROM: String(window.from / 1000),
    SERIN_TO: String(window.to / 1000),
  };
  const filled = argv.map((text) => look.fill(text, arm));
  const ran = await run(filled, { env: { ...told, ...own }, timeoutMs: timeout, signal });
  if (reads === "exitCode" ? ran.code !== null : ran.code === 0) return ran;
  if (ran.late) throw new SerinError("SOURCE_FAILED", `${argv[0]} did not end within ${formatDuration(timeout)}`);
  throw new SerinError("SOURCE_FAILED", ended(argv[0], ran, Object.values(own)));
}

function ended(program: string, { code, stdout, stderr }: Ran, hide: readonly string[]): string {
  const said = quoted(stderr.trim() === "" ? stdout : stderr);
  const how = code === null ? "was ended by a signal" : `ended with ${code}`;
  return redact(`${program} ${how}${said === "" ? "" : `: ${said}`}`, hide);
}

function numberIn({ code, stdout }: Ran, { argv, reads }: Settings): number | undefined {
  if (reads === "exitCode") return code ?? undefined;
  const text = stdout.trim();
  if (text === "") return undefined;
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  throw new SerinError(
    "SOURCE_FAILED",
    `${argv[0]} printed ${quoted(JSON.stringify(text))}, where a number was asked for`,
  );
}

const countsSchema = z.object({ total: z.number(), bad: z.number() });

function countsIn(stdout: string, { argv }: Settings, arm: Arm): Counts {
  try {
    const { total, bad } = countsSchema.parse(JSON.parse(stdout));
    return asCounts(whole(total, "total"), whole(bad, "bad"), itself, arm);
  } catch (thrown) {
    if (thrown instanceof SerinError) throw thrown;
    const message = `${argv[0]} printed ${quoted(JSON.stringify(stdout))}, where {"total": ..., "bad": ...} was asked for`;
    throw new SerinError("SOURCE_FAILED", message);
  }
}
