/** Four things that people ask first: the share, the step, who met it, how near it is to being taken back. */
import type { ReactNode } from "react";
import type { Overview } from "../../../src/http/wire-pages.ts";
import { useNow } from "../api/hooks.ts";
import { Progress, ShareBar, ShareWords } from "../ui/bars.tsx";
import { evidence, percent, share, whole } from "../words/numbers.ts";
import { momentOf, span } from "../words/time.ts";

export function Facts({ overview }: { overview: Overview }) {
  return (
    <dl className="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-4">
      <ShareFact overview={overview} />
      <StepFact overview={overview} />
      <PeopleFact overview={overview} />
      <HarmFact overview={overview} />
    </dl>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="rounded-xl border border-line bg-surface p-4">
      <dt className="text-[13px] text-soft">{title}</dt>
      <dd className="mt-1">{children}</dd>
    </div>
  );
}

function ShareFact({ overview: { rollout } }: { overview: Overview }) {
  const { weight, liveWeight, plan, canary, phase } = rollout;
  if (phase !== "progressing" && phase !== "paused")
    return (
      <Fact title="Who serves">
        <p className="text-xl font-semibold">{rollout.stable}</p>
        <p className="text-[13px] text-faint">everybody</p>
      </Fact>
    );
  const copies = plan.mirrorWeight > 0 ? `, and copies of ${share(plan.mirrorWeight)}` : "";
  return (
    <Fact title={`Share of traffic that meets ${canary ?? "the canary"}`}>
      <p className="mb-2">
        <ShareWords wanted={weight} live={liveWeight} />
        <span className="text-faint">{copies}</span>
      </p>
      <ShareBar wanted={weight} live={liveWeight} />
    </Fact>
  );
}

function StepFact({ overview: { rollout } }: { overview: Overview }) {
  const now = useNow();
  const { step, steps, stepList, enteredAt, endedAt, startedAt } = rollout;
  const current = stepList.find(({ state }) => state === "current");
  if (current === undefined)
    return (
      <Fact title="How long it took">
        <p className="text-xl font-semibold">{startedAt === null ? "—" : span((endedAt ?? now) - startedAt)}</p>
        <p className="text-[13px] text-faint">{endedAt === null ? "" : `ended ${momentOf(endedAt, now)}`}</p>
      </Fact>
    );
  const forMs = current.options["forMs"];
  const here = Math.max(0, now - enteredAt);
  return (
    <Fact title={`Step ${step + 1} of ${steps}`}>
      <p className="mb-2 line-clamp-2 font-medium">{current.label}</p>
      {typeof forMs === "number" && forMs > 0 ? <Progress part={here / forMs} label="Time in this step" /> : null}
      <p className="mt-1 text-[13px] text-faint">
        {span(here)}
        {typeof forMs === "number" && forMs > 0 ? ` of at most ${span(forMs)}` : " so far"}
      </p>
    </Fact>
  );
}

function PeopleFact({ overview: { rollout } }: { overview: Overview }) {
  const { live, plan } = rollout;
  const byRequest = "request" in plan.unit;
  const met = live === null ? null : byRequest ? live.canary.requests : live.canary.units;
  const failed = live === null ? null : byRequest ? live.canary.failures : live.canary.unitsFailed;
  return (
    <Fact title={byRequest ? "Requests that met it" : "People who met it"}>
      <p className="text-xl font-semibold">{met === null ? "not counted" : whole(met)}</p>
      <p className="text-[13px] text-faint">
        {failed === null || met === null || met === 0
          ? ""
          : `${whole(failed)} of them met a failure (${percent(failed / met)})`}
      </p>
    </Fact>
  );
}

function HarmFact({ overview: { rollout } }: { overview: Overview }) {
  const { logHarm, harmAt } = rollout;
  const part = harmAt > 0 ? Math.max(0, Math.min(1, logHarm / harmAt)) : 0;
  return (
    <Fact title="Evidence of harm, all gates together">
      <p className="mb-2">
        <span className={`font-medium ${part >= 0.5 ? "text-bad" : ""}`}>{evidence(logHarm)}</span>
        <span className="text-faint"> of the {evidence(harmAt)} that take it back</span>
      </p>
      <div className="h-2 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div className="h-full rounded-full bg-bad" style={{ width: `${part * 100}%` }} />
      </div>
    </Fact>
  );
}
