/**
 * Links that act. Opening one shows what would happen and changes nothing, for chats and mail scanners open links by
 * themselves; pressing the page's button asks it as a signal, by "link of NAME". The link is the credential, for just that.
 */
import { z } from "zod";
import type { FastifyReply } from "fastify";
import type { Loaded } from "../../engine/ports.ts";
import { asSerinError } from "../../errors.ts";
import { stand } from "../explain.ts";
import type { Deed } from "../links.ts";
import { measured } from "../live.ts";
import { ACT_PATH } from "../offers.ts";
import { act } from "../pages/acts.ts";
import { confirmPage, pageHeaders, REASON_CHARACTERS, sayPage } from "../pages/act-page.ts";
import type { App, Wiring } from "../wiring.ts";
import { ask, outcome } from "./signals.ts";

const url = `${ACT_PATH}/:code`;
const params = z.strictObject({ code: z.string().max(500) });
const body = z.strictObject({ why: z.string().max(REASON_CHARACTERS).optional() });

/** How long the page may wait for the engine. */
const PATIENCE_MS = 10_000;
/** A reason of the longest length, every character of which is encoded. */
const FORM_LIMIT = 16_384;

export function actRoutes(app: App, wiring: Wiring): void {
  app.route({
    method: "GET",
    url,
    config: { role: "none" },
    schema: { hide: true, params },
    handler: async ({ params: { code } }, reply) => {
      const found = await standing(wiring, code);
      if ("over" in found) return tell(reply, 410, sayPage("This link is over", found.over));
      const { deed, loaded } = found;
      const { spec, status } = loaded;
      const live = await measured(wiring.deps, deed.rollout);
      const moment = { spec, status, live, now: wiring.deps.now() };
      const offered = act(moment, deed.verb);
      if (offered.refused !== null) return tell(reply, 410, sayPage("This cannot be done now", offered.refused));
      return tell(reply, 200, confirmPage({ ...deed, stands: stand(spec, status), act: offered }));
    },
  });

  app.route({
    method: "POST",
    url,
    bodyLimit: FORM_LIMIT,
    config: { role: "none", reads: "form" },
    schema: { hide: true, params, body },
    handler: async ({ params: { code }, body: { why = "" } }, reply) => {
      const found = await standing(wiring, code);
      if ("over" in found) return tell(reply, 410, sayPage("This link is over", found.over));
      return doIt(wiring, found.deed, why.trim(), reply);
    },
  });
}

type Standing = { readonly over: string } | { readonly deed: Deed; readonly loaded: Loaded };

/** What a link is for, if it can still be done; else why not. */
async function standing({ deps, links }: Wiring, code: string): Promise<Standing> {
  const deed = await links.open(code);
  if (deed === null) return { over: "Serin has made no such link: it was perhaps cut short on its way." };
  const loaded = await deps.records.load(deed.rollout);
  if (loaded === null) return { over: `There is no rollout named ${deed.rollout} any more.` };
  if (deed.until <= deps.now()) return { over: `Its time is over. ${stand(loaded.spec, loaded.status)}` };
  const { release, step } = loaded.status;
  const same = release === deed.release && step === deed.step && (await links.isOpen(deed));
  return same ? { deed, loaded } : { over: `It has been answered. ${stand(loaded.spec, loaded.status)}` };
}

async function doIt(wiring: Wiring, deed: Deed, why: string, reply: FastifyReply): Promise<FastifyReply> {
  const { rollout, verb, release, step, by } = deed;
  const request = { verb, ...(why === "" ? {} : { why }), meant: { release, step } };
  try {
    const asked = await ask(wiring, rollout, request, `link of ${by}`);
    const { event, outcome: came } = await outcome(wiring, asked, AbortSignal.timeout(PATIENCE_MS));
    if (came === "pending") return tell(reply, 202, sayPage("It is asked for", "Serin will take it up in a moment."));
    return tell(reply, 200, sayPage(`${rollout}: done`, event?.sentence ?? `${verb} was accepted.`));
  } catch (thrown) {
    const { code, message } = asSerinError(thrown);
    if (code !== "CONFLICT") throw thrown;
    return tell(reply, 409, sayPage("It was refused", message));
  }
}

const tell = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).headers(pageHeaders).type("text/html; charset=utf-8").send(text);
