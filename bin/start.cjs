"use strict";
/* In a clone the sources run as they are; a published package has only what was built from them. */
const { existsSync, mkdirSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { dirname, isAbsolute, join } = require("node:path");
const { pathToFileURL } = require("node:url");

/* Compiled code is kept between runs: starting takes a third of the time. In the user's own folder, not in a shared one:
   who can write there decides what runs. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE have their usual say. */
function keepCompiled() {
  try {
    const usual = join(homedir(), process.platform === "win32" ? "AppData/Local" : ".cache");
    const folder = join(process.env.XDG_CACHE_HOME || usual, "serin");
    if (!isAbsolute(folder)) return; // an empty HOME is no home: nothing is left where one happens to be
    // Step by step: where a folder cannot be made, Node's own way of making all of them may try for ever.
    for (const step of [dirname(folder), folder]) if (!existsSync(step)) mkdirSync(step, { mode: 0o700 });
    enableCompileCache(folder);
  } catch {
    /* nobody's home, or nothing can be written there: every start compiles */
  }
}

keepCompiled();
const source = join(__dirname, "../src/main.ts");
const built = join(__dirname, "../dist/main.js");

import(pathToFileURL(existsSync(source) ? source : built).href).catch((thrown) => {
  process.stderr.write(`serin: it cannot be loaded: ${thrown && thrown.stack ? thrown.stack : thrown}\n`);
  process.exitCode = 1;
});
