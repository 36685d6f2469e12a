/** The command line as such: help, what is refused, what is loaded at the start. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../../test/cli/shell.ts";
import { verbs } from "./commands/index.ts";
import { groups } from "./commands/verb.ts";
import { exitMeanings } from "./exit.ts";
import { commonFlags } from "./program.ts";

test("help lists every command and every exit code", async () => {
  const { code, out, err } = await run(["--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const joined = out.replaceAll(/\s+/g, " ");
  for (const { summary } of verbs) expect(joined).toContain(summary);
  for (const [exit, meaning] of exitMeanings) expect(out).toContain(`${String(exit).padStart(3)}  ${meaning}\n`);
  for (const group of groups) expect(out).toContain(`\n${group}:\n`);
  await expect(out).toMatchFileSnapshot("../../test/golden/cli-help.txt");
});

test("nothing but help is there for `serin` alone, which is no command", async () => {
  const { code, out, err } = await run([]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("Usage: serin");
});

test.each(verbs.map((verb) => [verb.name, verb] as const))(
  "%s: its help has its flags and examples, and fits a small terminal",
  async (name, verb) => {
    const terminal = { columns: 60, rows: 20 };
    const { code, out } = await run([name, "--help", "--no-color"], { terminal, env: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    for (const flag of verb.flags ?? []) expect(out).toContain(flag.flags);
    for (const example of verb.examples) expect(out).toContain(example);
    expect(await run(["help", name])).toMatchObject({ code: 0 });
  },
);

test("what commands are called is said once, and no flag of theirs hides a common one", () => {
  const names = verbs.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  const common = commonFlags()
    .flatMap(({ short, long }) => [short, long])
    .filter((flag) => flag !== undefined && flag !== null);
  for (const { name, flags = [] } of verbs) {
    const own = flags.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined && flag !== null);
    expect(new Set(own).size, name).toBe(own.length);
    expect(
      own.filter((flag) => common.includes(flag)),
      name,
    ).toEqual([]);
  }
});

/** The words of the `serin` in an example, as a shell would part them. */
function wordsOf(example: string): readonly string[] {
  const [, command = ""] = /serin ([^|&>)]*)/.exec(example) ?? [];
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}

test("every example is a command line that is understood", async () => {
  const refusing: typeof fetch = () => Promise.reject(new TypeError("fetch failed"));
  for (const { examples } of verbs) {
    for (const example of examples) {
      const { err } = await run(wordsOf(example), { fetch: refusing, cwd: "/nowhere", sleep: async () => {} });
      expect(err, example).not.toContain("(USAGE)");
    }
  }
});

test.each([
  ["strat", 'unknown command "strat"; did you mean start?', "serin --help"],
  ["get --wotch", 'unknown option "--wotch"; did you mean --watch?', "serin get --help"],
  ["get -x", 'unknown option "-x"', "serin get --help"],
  ["promote", 'missing required argument "NAME"', "serin promote --help"],
  ["promote a b", 'too many arguments for "promote". Expected 1 argument but got 2: a, b', "serin promote --help"],
  [
    "get shop -o xml",
    'option "-o, --output <format>" argument "xml" is invalid. Allowed choices are json, yaml, wide, name',
    "serin get --help",
  ],
  ["wait shop --for", 'option "--for <condition>" argument missing', "serin wait --help"],
  [
    "completion tcsh",
    'command-argument value "tcsh" is invalid for argument "SHELL". Allowed choices are bash, zsh, fish',
    "serin completion --help",
  ],
  [
    "events --tail many",
    'option "--tail <count>" argument "many" is invalid. expected a whole number',
    "serin events --help",
  ],
])("serin %s", async (line, words, hint) => {
  const { code, out, err } = await run(line.split(" "));
  expect({ code, out, err }).toEqual({ code: 2, out: "", err: `serin: ${words} (USAGE)\n  \`${hint}\` says how\n` });
});

test.each([
  ["wait shop -t 90", '--timeout takes a duration such as 30s, 5m or 1h30m, not "90"'],
  ["events --since yesterday", '--since takes a duration such as 30s, 5m or 1h30m, not "yesterday"'],
  ["start shop --revision v3", "--revision needs a --canary: where the new version answers"],
  ["start shop --canary http://a:1", "--canary needs a --revision: what the new version is called"],
  ["start shop -t 5m", "--timeout goes with -w"],
  ["apply", "apply needs a FILE"],
  ["serve --server a", "serve is a server itself: --server does not go with it"],
  ["get --server ftp://a", "--server is not an address such as http://127.0.0.1:7077: ftp://a"],
])("serin %s", async (line, words) => {
  const { code, out, err } = await run(line.split(" "));
  expect({ code, out, err }).toEqual({ code: 2, out: "", err: `serin: ${words} (USAGE)\n` });
});

const src = fileURLToPath(new URL("..", import.meta.url));
/** Libraries that take long to load: zod, yaml and Ink are loaded where something needs them. */
const light = ["commander"];

test("the start loads the command line and nothing heavy", () => {
  const [seen, packages] = [new Set<string>(), new Set<string>()];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, type, from] of text.matchAll(/^(?:import|export)(\s+type\b)?[^;"]*?from "([^"]+)"/gm)) {
      if (type !== undefined || from.startsWith("node:")) continue;
      if (from.startsWith(".")) visit(resolve(dirname(file), from));
      else packages.add(from);
    }
  };
  visit(resolve(src, "cli/index.ts"));
  expect([...packages].toSorted()).toEqual(light);
  const outside = [...seen].map((file) => relative(src, file)).filter((file) => !file.startsWith("cli/"));
  expect(outside).toEqual(["errors.ts"]);
});

test("a defect is told as one, and where it is only when asked", async () => {
  const broken = {
    serve: () => Promise.reject(new TypeError("x is not a function")),
    stopGateway: async () => "notRunning" as const,
  };
  const quiet = await run(["serve", "--data", "/tmp/nowhere/serin"], {}, broken);
  expect(quiet).toEqual({ code: 1, out: "", err: "serin: x is not a function (INTERNAL)\n" });
  const loud = await run(["serve", "--data", "/tmp/nowhere/serin"], { env: { SERIN_DEBUG: "1" } }, broken);
  expect(loud.err).toMatch(/TypeError: x is not a function\n\s+at /);
});
