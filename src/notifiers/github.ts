/**
 * GitHub: a release is a deployment with its states, and the commit may carry a status.
 *
 *     notifications:
 *       - github: { repository: acme/shop, token: { env: GITHUB_TOKEN }, ref: "v{revision}" }
 *
 * The deployment is found again by its payload, so that nothing has to be remembered and nothing is made twice.
 */
import { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema } from "../engine/secrets.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { below, plainAddress } from "./address.ts";
import { ask, deliver, reading, type Delivery } from "./deliver.ts";
import { jsonIn, jsonOf, messageOf } from "./message.ts";
import { defineNotifier, timeoutSchema, type NotifierDeps } from "./notifier.ts";
import { cutTo, oneLine } from "./text.ts";

const REVISION = "{revision}";

const config = z
  .strictObject({
    repository: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, `expected owner and name, such as acme/shop`)
      .describe("owner and name, such as acme/shop"),
    token: secretSchema.describe(
      "where a token lies that may write deployments, and commit statuses where they are set",
    ),
    environment: z.string().min(1).max(255).default("production").describe("the environment that is deployed to"),
    ref: z
      .string()
      .max(200)
      .refine((text) => text.includes(REVISION), `expected ${REVISION} in it`)
      .default(REVISION)
      .describe("the branch, tag or commit of a revision, where that is not its name: v{revision}"),
    commitStatus: z.boolean().default(false).describe("whether the commit carries a status too"),
    url: plainAddress
      .default("https://api.github.com")
      .describe("GitHub's API; https://HOST/api/v3 of an Enterprise Server"),
    timeout: timeoutSchema,
  })
  .describe("deployments of a repository of GitHub, and statuses of commits");

type Settings = z.output<typeof config>;
type Started = Extract<RolloutEvent, { readonly type: "started" }>;

/** Longer ones are refused (docs.github.com, REST, deployment statuses and commit statuses). */
const DESCRIPTION_CHARACTERS = 140;

type State = "in_progress" | "pending" | "success" | "failure" | "error" | "inactive";

/** What an event makes of the deployment; null: nothing. */
export function stateOf(event: RolloutEvent): State | null {
  if (event.type === "ended") return event.outcome === "passed" ? "success" : "error";
  return states[event.type] ?? null;
}

const states: Readonly<Partial<Record<RolloutEvent["type"], State>>> = {
  started: "in_progress",
  stepEntered: "in_progress",
  resumed: "in_progress",
  approved: "in_progress",
  paused: "pending",
  waiting: "pending",
  promoted: "success",
  rolledBack: "failure",
  returned: "failure",
  aborted: "inactive",
  undone: "inactive",
};

/** A commit's status knows fewer words. */
const ofCommits: Readonly<Record<State, string>> = {
  in_progress: "pending",
  pending: "pending",
  success: "success",
  failure: "failure",
  error: "error",
  inactive: "error",
};

const deploymentSchema = z.object({ id: z.int(), sha: z.string(), payload: z.unknown() });
type Deployment = z.output<typeof deploymentSchema>;

/** What tells a release's deployment from others. A database that begins anew numbers anew: the newest counts. */
const payloadSchema = z.object({ serin: z.string(), release: z.int(), at: z.number() });

function belongs({ payload }: Deployment, { rollout, event }: JournalEntry): boolean {
  const { data } = payloadSchema.safeParse(payload);
  if (data === undefined || data.serin !== rollout || data.release !== event.release) return false;
  return event.type !== "started" || data.at === event.at;
}

function describing(entry: JournalEntry, link: string | undefined) {
  const description = cutTo(oneLine(messageOf(entry).sentence), DESCRIPTION_CHARACTERS);
  return { description, ...(link === undefined ? {} : { link }) };
}

/** One sending: what all its requests have in common. */
class Talk {
  readonly #settings: Settings;
  readonly #deps: NotifierDeps;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(settings: Settings, deps: NotifierDeps, token: string, signal: AbortSignal) {
    this.#settings = settings;
    this.#deps = deps;
    this.#token = token;
    this.#signal = signal;
  }

  /** The release's deployment; null when there is none. */
  async find(entry: JournalEntry): Promise<Deployment | null> {
    const { environment } = this.#settings;
    const query = new URLSearchParams({ environment, task: "deploy", per_page: "100" });
    const found = await this.#ask(z.array(deploymentSchema), `/deployments?${query.toString()}`);
    return found.find((one) => belongs(one, entry)) ?? null;
  }

  begin(rollout: string, { canary, release, at }: Started): Promise<Deployment> {
    const { ref, environment } = this.#settings;
    return this.#ask(deploymentSchema, "/deployments", {
      ref: ref.replaceAll(REVISION, () => canary),
      task: "deploy",
      environment,
      description: `${rollout}: release ${release}`,
      payload: { serin: rollout, release, at },
      // Serin releases what runs already: GitHub is told and neither merges nor asks its checks.
      auto_merge: false,
      required_contexts: [],
    });
  }

  /** Says how the deployment stands, and its commit where that is wanted. */
  async state({ id, sha }: Deployment, state: State, entry: JournalEntry): Promise<void> {
    const { commitStatus, environment } = this.#settings;
    const { description, link } = describing(entry, this.#deps.link?.(entry));
    const log = link === undefined ? {} : { log_url: link };
    await this.#tell(`/deployments/${id}/statuses`, { state, description, environment, ...log });
    if (!commitStatus) return;
    const target = link === undefined ? {} : { target_url: link };
    const context = `serin/${entry.rollout}`;
    await this.#tell(`/statuses/${sha}`, { state: ofCommits[state], description, context, ...target });
  }

  #ask<Shape extends z.ZodType>(shape: Shape, path: string, body?: object): Promise<z.output<Shape>> {
    return ask(shape, this.#delivery(path, body), this.#deps, this.#signal);
  }

  async #tell(path: string, body: object): Promise<void> {
    await deliver(this.#delivery(path, body), this.#deps, this.#signal);
  }

  #delivery(path: string, body: object | undefined): Delivery {
    const { url, repository, timeout } = this.#settings;
    return {
      to: "GitHub",
      url: below(url, `/repos/${repository}${path}`),
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
      },
      ...(body === undefined ? {} : { body: jsonOf(body) }),
      timeoutMs: timeout,
      hide: [this.#token],
      words,
      wait,
    };
  }
}

function create(settings: Settings, deps: NotifierDeps): Notifier {
  return {
    send: async (entry, signal) => {
      const { rollout, event } = entry;
      const state = stateOf(event);
      if (state === null) return;
      const talk = new Talk(settings, deps, await reading(deps.secrets, settings.token), signal);
      const found = await talk.find(entry);
      const deployment = found === null && event.type === "started" ? await talk.begin(rollout, event) : found;
      // Whoever was added in the middle of a release begins with the next.
      if (deployment !== null) await talk.state(deployment, state, entry);
    },
  };
}

/** Looks whether the token opens the repository's deployments, and makes none. */
function probe(settings: Settings, deps: NotifierDeps): Notifier {
  return {
    send: async (entry, signal) => {
      const talk = new Talk(settings, deps, await reading(deps.secrets, settings.token), signal);
      await talk.find(entry);
    },
  };
}

/** `{"message":"Validation Failed","errors":[{"message":"..."}],"documentation_url":"..."}` */
function words(text: string): string | null {
  const answer = jsonIn(text);
  if (answer === null || typeof answer["message"] !== "string") return null;
  const errors = z.array(z.object({ message: z.string() })).safeParse(answer["errors"]).data ?? [];
  return [answer["message"], ...errors.map(({ message }) => message)].join(": ");
}

/** When the hour's requests are used up GitHub says until when, in seconds since 1970 (docs.github.com, REST, rate limits). */
function wait(headers: Headers, now: number): number | null {
  const until = Number(headers.get("x-ratelimit-reset") ?? NaN);
  if (headers.get("x-ratelimit-remaining") !== "0" || !(until > 0)) return null;
  return Math.min(3_600_000, Math.max(0, until * 1000 - now));
}

export const github = defineNotifier({ name: "github", config, create, probe });
