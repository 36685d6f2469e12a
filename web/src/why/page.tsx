/** Why something was decided: the words first, then the numbers behind them, then what was measured. */
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Why } from "../../../src/http/wire-pages.ts";
import { useWhy } from "../api/hooks.ts";
import { buttonClass } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { Glyph } from "../ui/mark.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Loading, Problem } from "../ui/states.tsx";
import { evidence, share } from "../words/numbers.ts";
import { isoOf } from "../words/time.ts";
import { EventList, severityMark } from "./events.tsx";
import { GateNumbers } from "./gate-numbers.tsx";
import { Windows } from "./windows.tsx";

const route = getRouteApi("/rollouts/$name/why/$seq");

export function WhyPage() {
  const { name, seq } = route.useParams();
  const { data, error, isPending, refetch } = useWhy(name, Number(seq));
  if (isPending) return <Loading what="the decision" />;
  if (data === undefined) return <Problem error={error} retry={() => void refetch()} />;
  return (
    <div className="grid grid-cols-1 gap-5">
      <Words why={data} />
      {data.decided === null ? <NotKept /> : <Numbers why={data} decided={data.decided} />}
      {data.before.length === 0 ? null : (
        <Section title="What led here">
          <EventList name={name} events={data.before.toReversed()} />
        </Section>
      )}
    </div>
  );
}

function Words({ why: { name, release, event, promise } }: { why: Why }) {
  return (
    <Card>
      <p className="text-sm text-soft">
        <time dateTime={isoOf(event.at)}>{new Date(event.at).toLocaleString()}</time>, release{" "}
        <Link
          to="/rollouts/$name/releases/$release"
          params={{ name, release: String(release) }}
          className="text-accent underline"
        >
          {release}
        </Link>
      </p>
      <div className="mt-2 flex gap-3">
        <span className="pt-1">
          <Glyph {...severityMark(event.severity)} size={22} />
        </span>
        <h2 className="max-w-[75ch] text-lg leading-snug font-medium sm:text-xl">{event.sentence}</h2>
      </div>
      <Printed event={event.event} />
      <p className="mt-3 max-w-[90ch] text-[13px] text-soft">{promise}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <CopyButton text={location.href} label="Copy the link" />
        <a
          href={`/v1/rollouts/${name}/record?release=${release}`}
          download={`${name}-release-${release}.json`}
          className={buttonClass("quiet")}
        >
          Download the record of the release
        </a>
      </div>
    </Card>
  );
}

/** The end of what a hook's program printed. */
function Printed({ event }: { event: Why["event"]["event"] }) {
  if (event.type !== "hookAnswered" || event.output === undefined) return null;
  return (
    <pre tabIndex={0} className="mt-3 max-h-80 overflow-auto rounded-lg bg-sunken p-3 font-mono text-[13px]">
      {event.output}
    </pre>
  );
}

function NotKept() {
  return (
    <Card className="text-soft">
      The measurements of this release are not kept any more; what was decided on them stands in the sentence.
    </Card>
  );
}

function Numbers({ why, decided }: { why: Why; decided: NonNullable<Why["decided"]> }) {
  const { version, at, formula, weight, reported, logHarm, harmAt, gates } = decided;
  return (
    <>
      <Section title="How it stood when it was decided">
        <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
          {gates.map((gate) => (
            <GateNumbers key={gate.gate} gate={gate} />
          ))}
        </div>
        <p className="mt-3 text-sm text-soft">
          All gates together: evidence of harm {evidence(logHarm)} of the {evidence(harmAt)} that take it back, at{" "}
          {share(weight)} of traffic. Decided again from the record: version {version}, formula {formula}, the router
          reported the {reported} plan.
        </p>
      </Section>
      <Windows name={why.name} release={why.release} version={version} at={at} />
    </>
  );
}
