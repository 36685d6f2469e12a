/** What the Tab key offers, asked directly and through a real bash. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { api, idleView, viewOf } from "../../test/cli/fixtures.ts";
import { run } from "../../test/cli/shell.ts";
import { verbs } from "./commands/index.ts";

const { fetch } = api([viewOf(), idleView()]);

/** The candidates for a line; what stands behind its last blank is unfinished. */
async function offered(line: string, more: { fetch?: typeof globalThis.fetch } = {}): Promise<string[]> {
  const { code, out, err } = await run(["__complete", "--", ...line.split(" ")], { fetch, ...more });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => text.split("\t")[0]);
}

test.each<[line: string, found: string[]]>([
  ["", verbs.map(({ name }) => name)],
  ["pro", ["promote"]],
  ["promote ", ["shop", "quiet"]],
  ["promote sh", ["shop"]],
  ["promote shop ", []],
  ["delete shop ", ["quiet"]],
  ["promote --full ", ["shop", "quiet"]],
  ["promote shop --why ", []],
  ["promote --why because ", ["shop", "quiet"]],
  ["--server 127.0.0.1:1 promote ", ["shop", "quiet"]],
  ["get shop -o ", ["json", "yaml", "wide", "name"]],
  ["get shop -o y", ["yaml"]],
  ["get shop --output=", ["--output=json", "--output=yaml", "--output=wide", "--output=name"]],
  ["get --output=json ", ["shop", "quiet"]],
  ["wait shop --for ", ["decided", "promoted", "paused", "approval"]],
  ["wait shop --for=pa", ["--for=paused"]],
  ["ls -", ["--watch", "--output", "--server", "--data", "--token-file", "--quiet", "--no-color"]],
  ["promote --f", ["--full"]],
  ["run ", [":files"]],
  ["lint a.yaml ", [":files"]],
  ["get --data ", [":files"]],
  ["apply -f ", [":files"]],
  ["completion ", ["bash", "zsh", "fish"]],
  ["nonsense ", verbs.map(({ name }) => name)],
  ["version ", []],
])("serin %j", async (line, found) => {
  expect(await offered(line)).toEqual(found);
});

test("a server that does not answer offers nothing, and says nothing", async () => {
  expect(await offered("get ", { fetch: () => Promise.reject(new TypeError("fetch failed")) })).toEqual([]);
});

test("a name cannot smuggle anything into the shell", async () => {
  const evil = api([viewOf({ name: "shop", sentence: "a\nb\u001b[2J\tc" })]);
  const { out } = await run(["__complete", "--", "get", ""], { fetch: evil.fetch });
  expect(out).toBe("shop\ta b c\n");
});

const dir = mkdtempSync(join(tmpdir(), "serin-complete-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const has = (shell: string) => {
  try {
    execFileSync(shell, ["-c", "true"]);
    return true;
  } catch {
    return false;
  }
};

test.runIf(has("bash"))("the script for bash asks and offers", async () => {
  const { out: script } = await run(["completion", "bash"]);
  writeFileSync(
    join(dir, "serin"),
    `#!/bin/sh\necho "$*" >> "${dir}/asked"\nprintf 'promote\\tgo on\\nprometheus\\tnone\\n'\n`,
  );
  writeFileSync(join(dir, "rollout.yaml"), "");
  writeFileSync(join(dir, "filer"), "#!/bin/sh\necho :files\n");
  for (const name of ["serin", "filer"]) chmodSync(join(dir, name), 0o755);
  const complete = (words: string) =>
    `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _serin; printf '%s,' "\${COMPREPLY[@]}"; echo`;
  const lines = [
    script,
    "cd " + dir,
    complete("./serin pro"),
    complete("./serin get ''"),
    complete("./filer run roll"),
  ];
  const out = execFileSync("bash", ["--norc", "-c", lines.join("\n")], { encoding: "utf8" });
  expect(out).toBe("promote,prometheus,\npromote,prometheus,\nrollout.yaml,\n");
  expect(execFileSync("cat", [join(dir, "asked")], { encoding: "utf8" })).toBe(
    "__complete -- pro\n__complete -- get \n",
  );
});

test.each(["bash", "zsh", "fish"])("the script for %s is one that it can read", async (shell) => {
  const { code, out } = await run(["completion", shell]);
  expect(code).toBe(0);
  expect(out).toContain("__complete --");
  writeFileSync(join(dir, `completion.${shell}`), out);
  if (has(shell)) execFileSync(shell, ["-n", join(dir, `completion.${shell}`)]);
});
