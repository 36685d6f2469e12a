/** `serin stop NAME` */
import { SerinError } from "../../errors.ts";
import { dataDir } from "../endpoint.ts";
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const stop = verb({
  name: "stop",
  group: "Server",
  summary: "end the gateway of a rollout: nobody is served at its address any more",
  about: `Requests under way may end first. Works on the machine of the gateway, with or without a server; \`serin serve\` and
\`serin run\` start it again.`,
  examples: ["serin stop shop"],
  args: [NAME],
  flags: [output("json", "yaml")],
  async run({ out, shell, modes, where }, [name]) {
    if (where.server !== undefined) {
      throw new SerinError(
        "USAGE",
        "stop works on the gateway's own machine, by its --data directory, not through a --server",
      );
    }
    const data = dataDir(where, shell);
    const result = await modes.stopGateway({ data, name });
    await out.value(
      { name, data, result },
      {
        text: (done) =>
          done.result === "stopped"
            ? `${done.name}: the gateway has ended and its address is free.`
            : `${done.name}: no gateway of that name runs from ${done.data}.`,
      },
    );
    return exits.ok;
  },
});
