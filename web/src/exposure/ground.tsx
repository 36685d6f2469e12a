/** The A/A strip: slices of stable as pretended canaries, each as a bar up to the line that it would have to cross. */
import type { StripView } from "../../../src/http/wire.ts";
import type { Overview } from "../../../src/http/wire-pages.ts";
import { LostGround } from "../gates/lost.tsx";
import { Section } from "../ui/section.tsx";
import { evidence, rough, whole } from "../words/numbers.ts";

/** Evidence that a slice is counted from. */
const CROSSES = Math.log(20);

const words: Readonly<Record<StripView["ground"], string>> = {
  valid: "valid",
  clustered: "clustered: count people",
  void: "void",
};

export function Ground({ overview: { rollout } }: { overview: Overview }) {
  return rollout.strips.map((strip) => <Strip key={strip.gate} strip={strip} />);
}

function Strip({ strip }: { strip: StripView }) {
  const { gate, counting, ground, slices, crossed, expected } = strip;
  const lost = ground !== "valid";
  return (
    <Section title={`A/A strip of ${gate}`}>
      <div className="rounded-xl border border-line bg-surface p-4">
        {lost ? (
          <div className="mb-7">
            <LostGround strips={[strip]} />
          </div>
        ) : null}
        <div className="flex h-16 items-end gap-1" role="img" aria-label={pictureWords(strip)}>
          {slices.map((slice, i) => (
            <Bar key={i} slice={slice} counting={counting} />
          ))}
        </div>
        <p className="mt-3 text-sm">
          <span className="font-semibold">
            {crossed} of {slices.length} slices crossed
          </span>
          , {rough(expected)} expected at most. Contract:{" "}
          <span className={lost ? "font-semibold text-bad" : "font-semibold text-good"}>{words[ground]}</span>.
        </p>
        <p className="mt-1 max-w-[90ch] text-[13px] text-soft">
          Stable&rsquo;s {counting === "units" ? "people" : "requests"} in {slices.length} slices that differ in
          nothing: each is judged against the rest as if it were a canary. The line is evidence of 20; three that cross
          it say that failures hang together, and that the error rates promised are not kept.
        </p>
      </div>
    </Section>
  );
}

/** Full height is the line, so that what crosses stands at the top and is marked by its shape and colour. */
function Bar({ slice, counting }: { slice: StripView["slices"][number]; counting: StripView["counting"] }) {
  const { n, bad, logHarm, crossed } = slice;
  const part = Math.min(1, Math.max(0.04, logHarm / CROSSES));
  const what = counting === "units" ? "people" : "requests";
  return (
    <div
      className="relative h-full min-w-0 flex-1 border-t border-dashed border-line"
      title={`${whole(bad)} of ${whole(n)} ${what} failed; evidence ${evidence(logHarm)} of 20`}
    >
      <div
        className={`absolute inset-x-0 bottom-0 rounded-t-sm ${crossed ? "bg-bad" : "bg-stable"}`}
        style={{ height: `${part * 100}%` }}
      />
      {crossed ? <span className="absolute inset-x-0 -top-4 text-center text-xs text-bad">✕</span> : null}
    </div>
  );
}

const pictureWords = ({ slices, crossed }: StripView): string =>
  `${crossed} of ${slices.length} slices of stable reach evidence of 20; the highest is at ${evidence(Math.max(...slices.map(({ logHarm }) => logHarm)))}`;
