/** The program: the command line, composed with the modes it can start. What a mode needs is loaded when it is started. */
import { runCli, systemShell, type Modes } from "./cli/index.ts";

const embedded = async () => (await import("./modes/embedded.ts")).embedded;
const modes: Modes = {
  serve: async (options) => (await embedded()).serve(options),
  stopGateway: async (options) => (await embedded()).stopGateway(options),
};

process.exitCode = await runCli(process.argv.slice(2), systemShell(), modes);
