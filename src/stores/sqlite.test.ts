import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { storeContract } from "../../test/contract/store.ts";
import { notified, parse } from "../../test/contract/store-fixtures.ts";
import { openStore } from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "serin-store-"));
let dirs = 0;
afterAll(() => rmSync(base, { recursive: true, force: true }));

storeContract("sqlite", {
  open: () => openStore({ parse, notified, sqlite: { dir: join(base, String(++dirs)) } }),
  reopen: () => openStore({ parse, notified, sqlite: { dir: join(base, String(dirs)) } }),
});
