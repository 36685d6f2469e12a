/** Lint: what is wrong with a document, and what would follow if it were sent; nothing is changed. */
import type { Spec } from "../../rollout/spec.ts";
import type { Status } from "../../rollout/status.ts";
import { decide } from "../../rollout/decide.ts";
import { sentence } from "../../rollout/events.ts";
import { asSerinError } from "../../errors.ts";
import type { ServerDeps } from "../deps.ts";
import { errorBodySchema, PREFIX, type Problem } from "../wire.ts";
import { lintSchema, type Lint } from "../wire-pages.ts";
import type { App, Wiring } from "../wiring.ts";

export function lintRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "POST",
    url: `${PREFIX}/lint`,
    config: { reads: "document" },
    schema: {
      tags: ["pages"],
      operationId: "lint",
      summary: "Mistakes in a document with their places, and what would follow from it",
      response: { 200: lintSchema, default: errorBodySchema },
    },
    handler: async ({ body }) => lint(deps, body as string),
  });
}

const mistaken: readonly string[] = ["DOCUMENT_INVALID", "DOCUMENT_UNREADABLE"];

async function lint(deps: ServerDeps, text: string): Promise<Lint> {
  try {
    const { name, document, warnings = [] } = deps.parse(text);
    const spec = deps.specOf(name, document);
    const before = await deps.records.load(name);
    const status = before?.status ?? deps.initial(name, spec);
    return {
      name,
      exists: before !== null,
      problems: [],
      warnings: [...warnings],
      follows: follows(spec, status, deps.now()),
    };
  } catch (thrown) {
    const { code, message, details } = asSerinError(thrown);
    if (!mistaken.includes(code)) throw thrown;
    const problems = (details["problems"] as readonly Problem[] | undefined) ?? [{ ...nowhere, message }];
    return { name: null, exists: false, problems: [...problems], warnings: [], follows: [] };
  }
}

const nowhere = { file: "body", line: 1, column: 1, path: "" };

/** What the next decision would tell, everybody agreeing: the document's wishes are read by `decide` itself. */
function follows(spec: Spec, status: Status, now: number): string[] {
  const agreed = { now, plan: status.plan, canary: { ready: true }, measurements: {}, hooks: {}, signals: [] };
  const { events } = decide({ ...spec, hooks: [] }, status, agreed);
  return events.filter(({ type }) => type !== "planLive").map(sentence);
}
