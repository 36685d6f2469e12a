/**
 * The dashboard's files as its build left them. They are a closed list that is read once: a request's path is looked up in
 * it and never reaches the disk, so there is no path to climb out of.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run web:build` puts it; beside the compiled server, and the same place seen from the sources. */
export const builtDashboard = fileURLToPath(new URL("../../dist/web", import.meta.url));

export interface File {
  readonly type: string;
  readonly body: Buffer;
  /** The same, compressed by the build; null where that saves nothing. */
  readonly gzip: Buffer | null;
  readonly etag: string;
  /** Its name holds the hash of what is in it: a browser that has it need not ask again. */
  readonly lasting: boolean;
}

/** By path under the folder, e.g. "index.html", "assets/main-4f2a.js". */
export type Files = ReadonlyMap<string, File>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Null when nothing was built there. Files of a kind that a dashboard does not have are left out. */
export function readFiles(folder: string): Files | null {
  if (!existsSync(join(folder, "index.html"))) return null;
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const known = paths.filter((path) => Object.hasOwn(types, extname(path)));
  return new Map(known.map((path) => [path, fileOf(folder, path, paths.includes(`${path}.gz`))]));
}

function fileOf(folder: string, path: string, compressed: boolean): File {
  const body = readFileSync(join(folder, path));
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
  return {
    type: types[extname(path)],
    body,
    gzip: compressed ? readFileSync(join(folder, `${path}.gz`)) : null,
    etag: `"${hash}"`,
    lasting: path.startsWith("assets/"),
  };
}
