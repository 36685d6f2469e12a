/** The notifiers, by name. A new one is a file with its test and one line here. */
import { z } from "zod";
import type { Notifier } from "../engine/ports.ts";
import { secretRefs, type Secrets } from "../engine/secrets.ts";
import { asSerinError, type SerinError } from "../errors.ts";
import type { Hook } from "../rollout/hook.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { nameSchema } from "../rollout/name.ts";
import { consoleLines } from "./console.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { createEventHook } from "./event-hook.ts";
import { github } from "./github.ts";
import { googleChat } from "./google-chat.ts";
import { concerns, topics, type Topic } from "./message.ts";
import type { NotifierDeps } from "./notifier.ts";
import { grafana } from "./grafana.ts";
import { opsgenie } from "./opsgenie.ts";
import { pagerduty } from "./pagerduty.ts";
import { rocketChat } from "./rocket-chat.ts";
import { slack } from "./slack.ts";
import { teams } from "./teams.ts";
import { webhook } from "./webhook.ts";

export type { Message } from "./message.ts";
export type { ActLink, NotifierDeps } from "./notifier.ts";
export { defineNotifier } from "./notifier.ts";
export { verifySignature } from "./webhook.ts";

const notifiers = {
  console: consoleLines,
  slack,
  teams,
  discord,
  googleChat,
  rocketChat,
  pagerduty,
  opsgenie,
  email,
  grafana,
  github,
  webhook,
} as const;

type Notifiers = typeof notifiers;
export type NotifierName = keyof Notifiers;
const names = Object.keys(notifiers) as readonly NotifierName[];
export const notifierNames = names;

/** One notification of a rollout, as typed inside. `name` also names its place in the outbox. */
export interface Notification {
  readonly name: string;
  /** Which events; null: all of them. */
  readonly only: readonly Topic[] | null;
  /** Whether its messages carry links that act. */
  readonly links: boolean;
  readonly notifier: NotifierName;
  /** What the notifier's own schema gave. */
  readonly config: unknown;
}

type Configs = { [Name in NotifierName]: z.ZodOptional<Notifiers[Name]["config"]> };
const configs = Object.fromEntries(names.map((name) => [name, notifiers[name].config.optional()])) as Configs;

/** As people write it: `{ slack: { url: { env: SLACK_URL } }, only: [bad] }`. Exactly one notifier. */
export const notificationSchema = z
  .strictObject({
    name: nameSchema.optional().describe("tells two notifications of one kind apart; the kind's name unless said"),
    only: z
      .array(z.enum(topics))
      .min(1)
      .optional()
      .describe("which events: how loud they are (info, attention, good, bad) or what they are; all unless said"),
    links: z
      .boolean()
      .default(true)
      .describe("whether messages that want a decision carry links that act, for whoever reads them"),
    ...configs,
  })
  .meta(exactlyOne(names))
  .transform(({ name, only, links, ...rest }, ctx): Notification => {
    const said = theOne(rest, names, ctx);
    if (said === null) return z.NEVER;
    return { name: name ?? said, only: only ?? null, links, notifier: said, config: rest[said] };
  });

/** All notifications of a rollout: no two of one name, for the name says what has been delivered. */
export const notificationsSchema = z
  .array(notificationSchema)
  .max(20)
  .superRefine((list, ctx) => {
    for (const [index, { name }] of list.entries()) {
      if (list.findIndex((other) => other.name === name) === index) continue;
      const message = `another notification is called "${name}": give this one a name of its own`;
      ctx.addIssue({ code: "custom", path: [index, "name"], message });
    }
  });

/** The world as all notifications of a rollout see it. */
export interface TellingDeps extends Omit<NotifierDeps, "acts"> {
  /** What whoever reads a notification's messages may do by link; the notification answers for it by name. */
  readonly actsFor?: (notification: string) => NonNullable<NotifierDeps["acts"]>;
}

interface Kind {
  create(config: unknown, deps: NotifierDeps): Notifier;
  probe?(config: unknown, deps: NotifierDeps): Notifier;
}

function depsOf({ name, links }: Notification, { actsFor, ...deps }: TellingDeps): NotifierDeps {
  return actsFor === undefined || !links ? deps : { ...deps, acts: actsFor(name) };
}

/** Makes the notifier. Events that `only` leaves out count as delivered. */
export function createNotifier(notification: Notification, deps: TellingDeps): Notifier {
  const { only, notifier, config } = notification;
  const inner = (notifiers[notifier] as Kind).create(config, depsOf(notification, deps));
  return {
    send: async (entry, signal) => {
      if (concerns(only, entry.event)) await inner.send(entry, signal);
    },
  };
}

/** The same to be tried out, whatever `only` says, with a test event. */
function createProbe(notification: Notification, deps: TellingDeps): Notifier {
  const { notifier, config } = notification;
  const kind = notifiers[notifier] as Kind;
  const known = depsOf(notification, deps);
  return kind.probe?.(config, known) ?? kind.create(config, known);
}

/** What a document says about who is told of events. */
export interface Told {
  readonly notifications: readonly Notification[];
  readonly hooks: readonly Hook[];
}

/** No notification's name holds a slash. */
const hookName = ({ name }: Hook) => `hook/${name}`;
const eventHooks = ({ hooks }: Pick<Told, "hooks">) => hooks.filter(({ on }) => on === "event");

/** The names by which the outbox and the store know everyone who is told: `slack`, `hook/audit`. */
export function notifiedNames(told: Told): readonly string[] {
  return [...told.notifications.map(({ name }) => name), ...eventHooks(told).map(hookName)];
}

export interface Named {
  readonly name: string;
  readonly notifier: Notifier;
}

/** Everyone who is told, by name. */
export const createNotifiers = (told: Told, deps: TellingDeps): readonly Named[] =>
  everyone(createNotifier, told, deps);

/** Everyone who is told, to be tried out. */
export const createProbes = (told: Told, deps: TellingDeps): readonly Named[] => everyone(createProbe, told, deps);

const everyone = (make: typeof createNotifier, told: Told, deps: TellingDeps): readonly Named[] => [
  ...told.notifications.map((one) => ({ name: one.name, notifier: make(one, deps) })),
  ...eventHooks(told).map((hook) => ({ name: hookName(hook), notifier: createEventHook(hook, deps) })),
];

/** SECRET_MISSING for every secret of the notification that is not there now: to say so before the first message. */
export async function missingSecrets({ config }: Notification, secrets: Secrets): Promise<readonly SerinError[]> {
  const checked = await Promise.all(secretRefs(config).map((ref) => secrets(ref).then(() => null, asSerinError)));
  return checked.filter((error) => error !== null);
}
