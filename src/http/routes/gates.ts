/**
 * Gates that a person or a script opens and closes, for hooks to ask: the endpoints of Flagger's load tester, where most
 * published Canaries have their gates. They are closed until somebody opens them, and are remembered.
 *
 *     curl -X POST -H 'Content-Type: application/json' -d '{"name":"shop","namespace":"test"}' $SERIN/gate/open
 */
import { z } from "zod";
import type { Records } from "../../engine/ports.ts";
import { errorBodySchema } from "../wire.ts";
import type { App, Wiring } from "../wiring.ts";

const word = z.string().min(1).max(253);
/** What a hook sends has more in it. */
const which = z.looseObject({ name: word.describe("the Canary"), namespace: word.default("default") });
type Which = z.output<typeof which>;

/** `gate`: a yes lets a release go on. `rollback`: a yes takes it back. */
const kinds = ["gate", "rollback"] as const;
type Kind = (typeof kinds)[number];

const keyOf = (kind: Kind, { name, namespace }: Which) => `${kind}/${namespace}/${name}`;

const isOpen = async (records: Records, kind: Kind, which: Which) =>
  (await records.note(keyOf(kind, which))) === "open";

/** Answers in text, as those who ask look at the status alone. */
const said = (description: string) => ({
  description,
  content: { "text/plain": { schema: z.string() } },
});
const yes = said("Yes: open");
const no = said("No: closed");

interface Path {
  readonly path: string;
  readonly summary: string;
  /** Hooks carry no token, so whoever reaches the server may ask; only who may act opens and closes. */
  readonly role: "none" | "act";
  readonly answer: (records: Records, which: Which) => Promise<200 | 202 | 403>;
}

const pathsOf = (kind: Kind): readonly Path[] => [
  {
    path: `/${kind}/check`,
    summary: `Whether the ${kind} of a Canary is open`,
    role: "none",
    answer: async (records, which) => ((await isOpen(records, kind, which)) ? 200 : 403),
  },
  ...(["open", "close"] as const).map((verb): Path => ({
    path: `/${kind}/${verb}`,
    summary: `Makes the ${kind} of a Canary answer ${verb === "open" ? "yes" : "no"}`,
    role: "act",
    answer: async (records, which) => {
      await records.writeNote(keyOf(kind, which), verb === "open" ? "open" : "closed");
      return 202;
    },
  })),
];

const constant: readonly Path[] = [
  { path: "/gate/approve", summary: "Always yes", role: "none", answer: async () => 200 },
  { path: "/gate/halt", summary: "Always no", role: "none", answer: async () => 403 },
];

const texts = { 200: "OK", 202: "Accepted", 403: "Forbidden" } as const;

export function gateRoutes(app: App, { deps }: Wiring): void {
  for (const { path, summary, role, answer } of [...constant, ...kinds.flatMap(pathsOf)]) {
    app.route({
      method: "POST",
      url: path,
      config: { role, reads: "json" },
      schema: {
        tags: ["gates"],
        operationId: path.slice(1).replace(/\/(\w)/, (_slash, first: string) => first.toUpperCase()),
        summary,
        body: which,
        response: { 200: yes, 202: said("Done"), 403: no, default: errorBodySchema },
      },
      handler: async ({ body }, reply) => {
        const code = await answer(deps.records, body);
        return reply.code(code).type("text/plain; charset=utf-8").send(texts[code]);
      },
    });
  }
}
