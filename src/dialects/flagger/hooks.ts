/** `analysis.webhooks` as hooks in Flagger's own format, at the moments where Flagger asks. */
import { formatDuration } from "../../rollout/amounts.ts";
import type { HookMoment } from "../../rollout/hook.ts";
import { goDuration } from "../durations.ts";
import type { Part } from "../manifest.ts";
import { namer } from "../names.ts";
import { because, from, mapping } from "../said.ts";
import { kindOf, type Canary, type Kind } from "./canary.ts";
import type { Pace } from "./steps.ts";

const moments: Readonly<Record<string, HookMoment>> = {
  "": "rollout",
  rollout: "rollout",
  "confirm-rollout": "confirmRollout",
  "pre-rollout": "preRollout",
  "confirm-traffic-increase": "confirmTrafficIncrease",
  "confirm-promotion": "confirmPromotion",
  "post-rollout": "postRollout",
  rollback: "rollback",
  event: "event",
};

export function hooksOf(canary: Canary, pace: Pace): readonly unknown[] {
  const name = namer();
  const kind = kindOf(canary);
  return canary.analysis
    .get("webhooks")
    .items()
    .flatMap((webhook) => {
      const on = momentOf(canary, webhook, kind);
      if (on === null) return [];
      const hook = hookOf(canary, webhook, pace, on);
      const called = webhook.get("name").text() ?? "webhook";
      const first = from(webhook, { name: name(called), on, ...hook });
      const again = alsoAt(on, kind);
      return again === null
        ? [first]
        : [first, because(again.why, { name: name(`${called}-${again.suffix}`), on: again.on, ...hook })];
    });
}

function momentOf({ notes }: Canary, webhook: Part, kind: Kind): HookMoment | null {
  const part = webhook.get("type");
  const type = part.text() ?? "";
  if (!Object.hasOwn(moments, type)) {
    part.mistake(`expected one of ${Object.keys(moments).slice(1).join(", ")}`);
    return null;
  }
  const on = moments[type];
  if (kind === "skip" && !["confirmRollout", "postRollout", "event"].includes(on)) {
    notes.lose(webhook, "with skipAnalysis Flagger asks confirm-rollout alone");
    return null;
  }
  if (on === "confirmTrafficIncrease" && kind !== "canary") {
    notes.lose(webhook, "Flagger asks it where the share grows by stepWeight or stepWeights, and nowhere else");
    return null;
  }
  return on;
}

interface Again {
  readonly on: HookMoment;
  readonly suffix: string;
  readonly why: string;
}

/** Flagger asks twice where Serin has two moments. */
function alsoAt(on: HookMoment, kind: Kind): Again | null {
  if (on === "confirmTrafficIncrease" && kind === "canary")
    return { on: "confirmPromotion", suffix: "promotion", why: "Flagger asks it before the promotion too" };
  if (on === "confirmPromotion" && kind === "blueGreen")
    return { on: "confirmTrafficIncrease", suffix: "switch", why: "Flagger asks it before the switch too" };
  return null;
}

function hookOf(canary: Canary, webhook: Part, { interval, threshold }: Pace, on: HookMoment): Record<string, unknown> {
  const { notes } = canary;
  for (const [key, why] of losses) if (webhook.get(key).raw !== false) notes.lose(webhook.get(key), why);
  for (const [key] of losses) webhook.get(key).flag();
  const metadata = webhook.get("metadata");
  const retries = webhook.get("retries");
  const failures = { preRollout: threshold, rollout: threshold, postRollout: because("asked once", 1) }[
    on as "rollout"
  ];
  return mapping({
    url: urlOf(canary, webhook.get("url")),
    timeout: timeoutOf(canary, webhook.get("timeout")),
    retries: retries.there ? from(retries, retries.number() ?? 0) : undefined,
    every: on === "event" ? undefined : interval,
    failures,
    format: "flagger",
    namespace: canary.namespace,
    metadata: metadata.there ? from(metadata, metadata.words()) : undefined,
  });
}

const losses = [
  ["muteAlert", "who is told what is said by spec.notifications alone: it tells of a gate that is closed, once"],
  ["disableTLS", "certificates of hooks are always checked: NODE_EXTRA_CA_CERTS names an authority of one's own"],
] as const;

function timeoutOf({ notes }: Canary, part: Part): unknown {
  const text = part.text();
  if (text === undefined) return undefined;
  const ms = goDuration(text);
  if (ms !== null && ms >= 10) return from(part, formatDuration(ms));
  notes.change(part, `${JSON.stringify(text)} is no time to answer in: 10s, as in Flagger`);
  return from(part, "10s", "Flagger's own default");
}

/** Paths of a load tester's gates, which Serin's own API has too. */
const GATE = /^\/(gate|rollback)\/(check|open|close|approve|halt)$/;

function urlOf({ notes, options }: Canary, part: Part): unknown {
  const text = part.text() ?? "";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    part.mistake("expected an http:// or https:// address");
    return text;
  }
  if (options.gates === undefined || !GATE.test(url.pathname)) return from(part, text);
  notes.change(part, `asked of Serin's own gates at ${options.gates}`);
  return from(part, `${options.gates.replace(/\/+$/, "")}${url.pathname}`, "Serin's own gates");
}
