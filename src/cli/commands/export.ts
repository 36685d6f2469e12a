/** `serin export NAME [--release 3] > shop-3.json` */
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { releaseFlag, releaseOf, type ReleaseFlags } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const exporting = verb<ReleaseFlags>({
  name: "export",
  group: "Plan and replay",
  summary: "the whole record of a release as JSON: documents, decisions, measurements",
  about: `What it writes can be decided again anywhere (\`serin replay --from FILE\`), and is history that other documents
can be tried on (\`serin backtest FILE --history DIR\`).`,
  examples: ["serin export shop > history/shop-7.json", "serin export shop --release 3 | gzip > shop-3.json.gz"],
  args: [NAME],
  flags: [releaseFlag()],
  async run(call, [name], flags) {
    const ends = endsOf(call.shell, { forReaders: true });
    try {
      const client = await call.client();
      const release = await releaseOf(client, name, flags);
      const path = `/v1/rollouts/${encodeURIComponent(name)}/record`;
      for await (const piece of client.pieces(path, { release }, ends.signal)) {
        call.shell.stdout.write(piece);
        // whoever reads slowly is waited for
        await call.shell.stdout.flush();
      }
      call.shell.stdout.write("\n");
      return exits.ok;
    } catch (thrown) {
      if (ends.why === "interrupted") return exits.interrupted;
      if (ends.why === "gone") return exits.ok;
      throw thrown;
    } finally {
      ends.close();
    }
  },
});
