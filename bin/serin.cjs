#!/usr/bin/env node
/* Read by any Node, however old: so that an old one says what is wrong instead of choking on newer syntax. */
"use strict";

var NEEDED = [22, 19];

function isOld(version) {
  var parts = version.split(".");
  var major = Number(parts[0]);
  return major < NEEDED[0] || (major === NEEDED[0] && Number(parts[1]) < NEEDED[1]);
}

if (isOld(process.versions.node)) {
  process.stderr.write(
    "serin: this is Node " + process.versions.node + " and Serin needs Node " + NEEDED.join(".") + " or newer\n",
  );
  process.exitCode = 2;
} else {
  require("./start.cjs");
}
