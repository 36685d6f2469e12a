"use strict";
/* In a clone the sources run as they are; a published package has only what was built from them. */
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const source = join(__dirname, "../src/main.ts");
const built = join(__dirname, "../dist/main.js");

import(pathToFileURL(existsSync(source) ? source : built).href).catch((thrown) => {
  process.stderr.write(`serin: it cannot be loaded: ${thrown && thrown.stack ? thrown.stack : thrown}\n`);
  process.exitCode = 1;
});
