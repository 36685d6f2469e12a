/** Releases with their outcome, the time of the machine and of people, and who acted. */
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Release, ReleaseList } from "../../../src/http/wire-pages.ts";
import { useFollow, useNow, useReleases } from "../api/hooks.ts";
import { MarkWord } from "../ui/mark.tsx";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { outcomeMark } from "../words/lights.ts";
import { percent, share } from "../words/numbers.ts";
import { momentOf, span } from "../words/time.ts";
import { Cards } from "./cards.tsx";

const route = getRouteApi("/rollouts/$name/history");

export function FleetHistory() {
  useFollow(null);
  return (
    <>
      <h1 className="mb-3 text-2xl font-bold tracking-tight">History</h1>
      <Releases name={null} />
    </>
  );
}

export function RolloutHistory() {
  return <Releases name={route.useParams().name} />;
}

function Releases({ name }: { name: string | null }) {
  const { data, error, isPending, refetch } = useReleases(name);
  if (isPending) return <Loading what="releases" />;
  if (data === undefined) return <Problem error={error} retry={() => void refetch()} />;
  if (data.releases.length === 0)
    return (
      <Empty
        title="No release yet"
        commands={[`serin start ${name ?? "NAME"} --canary http://127.0.0.1:9002 --revision v2`]}
      >
        Every release will stand here, with how it ended and who acted. The first begins with:
      </Empty>
    );
  return (
    <>
      <Rate list={data} />
      <Table releases={data.releases} fleet={name === null} />
      <Cards releases={data.releases} />
    </>
  );
}

function Rate({ list: { ended, failed, releases } }: { list: ReleaseList }) {
  const human = releases.reduce((ms, { humanMs }) => ms + humanMs, 0);
  const machine = releases.reduce((ms, { machineMs }) => ms + machineMs, 0);
  const part = human + machine === 0 ? 0 : human / (human + machine);
  return (
    <p className="mb-4 max-w-[75ch] text-lg leading-snug">
      {ended === 0
        ? "No release has ended yet."
        : `Of ${ended} ${ended === 1 ? "release" : "releases"} that ended ${failed === 0 ? "none" : failed} failed, taken back for harm or undone: a change-failure rate of ${percent(failed / ended)}.`}{" "}
      <span className="text-soft">
        {percent(part)} of their time they waited for people, {span(machine)} was the machine's.
      </span>
    </p>
  );
}

function Table({ releases, fleet }: { releases: readonly Release[]; fleet: boolean }) {
  const heads = [
    ...(fleet ? ["Service"] : []),
    "Release",
    "Outcome",
    "Started",
    "Reached",
    "Machine",
    "People",
    "Who acted",
    "Why it ended",
  ];
  return (
    <div
      className="overflow-x-auto rounded-xl max-sm:hidden border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label="Releases"
    >
      <table className="w-full min-w-[62rem] text-sm">
        <thead>
          <tr className="border-b border-line bg-sunken text-left text-[13px] text-soft">
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 py-2 font-normal">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {releases.map((release) => (
            <Row key={`${release.rollout} ${release.release}`} release={release} fleet={fleet} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ release: one, fleet }: { release: Release; fleet: boolean }) {
  const now = useNow();
  const { rollout, release, stable, canary, startedAt, outcome, weight, machineMs, humanMs, deeds, reason, undone } =
    one;
  return (
    <tr className="border-b border-line align-top last:border-0 hover:bg-sunken">
      {fleet ? <td className="px-3 py-2 font-semibold">{rollout}</td> : null}
      <td className="px-3 py-2 whitespace-nowrap">
        <Link
          to="/rollouts/$name/releases/$release"
          params={{ name: rollout, release: String(release) }}
          className="font-medium text-accent underline"
        >
          {release}
        </Link>{" "}
        {canary} <span className="text-faint">over {stable}</span>
      </td>
      <td className="px-3 py-2">
        {one.endedAt === null ? <span className="text-soft">under way</span> : <MarkWord mark={outcomeMark(outcome)} />}
        {undone === null ? null : <span className="block text-[13px] text-bad">undone by {undone.by}</span>}
      </td>
      <td className="px-3 py-2 whitespace-nowrap text-soft">{momentOf(startedAt, now)}</td>
      <td className="px-3 py-2 whitespace-nowrap">{outcome === "promoted" ? "100 %" : share(weight)}</td>
      <td className="px-3 py-2 whitespace-nowrap">{span(machineMs)}</td>
      <td className="px-3 py-2 whitespace-nowrap">{humanMs === 0 ? "—" : span(humanMs)}</td>
      <td className="px-3 py-2">
        {[...new Set([...deeds.map(({ by }) => by), ...(undone === null ? [] : [undone.by])])].join(", ") || "nobody"}
      </td>
      <td className="max-w-md px-3 py-2 text-soft">
        <span className="line-clamp-2">{undone?.why || reason || "—"}</span>
      </td>
    </tr>
  );
}
