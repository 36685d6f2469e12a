/** The dashboard as it is now, built once: by what it is made of, so that files of tests that run beside each other share it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shared } from "./shared.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Everything that a build reads: the workspace, what it takes of the server, and which libraries there are. */
function ingredients(): string[] {
  const web = readdirSync(join(root, "web"), { recursive: true, encoding: "utf8" })
    .filter((path) => !/(^|\/)(node_modules|dev)(\/|$)/.test(path))
    .map((path) => join("web", path));
  const all = [...web, ...shared.map((path) => join("src", path)), "package-lock.json"];
  return all.filter((path) => statSync(join(root, path)).isFile()).toSorted();
}

function stamp(): string {
  const hash = createHash("sha256").update(process.version);
  for (const path of ingredients())
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

/** The folder that holds it. Whoever is first builds; a folder appears whole or not at all. */
export function built(): string {
  const folder = join(tmpdir(), `serin-dashboard-${stamp()}`);
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(`${folder}-`);
  build(fresh);
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // another one was faster
    if (!existsSync(folder)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function build(folder: string): void {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "web", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"], {
    cwd: root,
    stdio: "inherit",
    // a test runner says that it is one, and the libraries would be built for their developers
    env: { ...process.env, NODE_ENV: "production" },
  });
}

/** Puts it where the program itself looks for it. */
export function builtInPlace(): void {
  const place = join(root, "dist/web");
  const [html, ours] = [join(place, "index.html"), join(built(), "index.html")];
  if (existsSync(html) && readFileSync(html, "utf8") === readFileSync(ours, "utf8")) return;
  rmSync(place, { recursive: true, force: true });
  cpSync(built(), place, { recursive: true });
}
