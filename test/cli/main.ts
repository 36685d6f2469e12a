/** The command line as a process of its own, with nothing to serve: for what only a real process shows. */
import { runCli, systemShell } from "../../src/cli/index.ts";
import { noModes } from "./shell.ts";

process.exitCode = await runCli(process.argv.slice(2), systemShell(), noModes);
