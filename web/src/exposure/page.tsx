/** Who met what: people, requests and failures of each arm, how many more went wrong than would have, and the checks on the split. */
import { getRouteApi } from "@tanstack/react-router";
import type { Overview } from "../../../src/http/wire-pages.ts";
import { extraWords } from "../../../src/http/pages/exposure-words.ts";
import { useExposure, useOverview, useSeries } from "../api/hooks.ts";
import { buttonClass } from "../ui/button.tsx";
import { Card } from "../ui/section.tsx";
import { Empty, Loading } from "../ui/states.tsx";
import { Arms } from "./arms.tsx";
import { Checks } from "./checks.tsx";
import { Ground } from "./ground.tsx";
import { Growth } from "./growth.tsx";
import { Traffic } from "./traffic.tsx";

const route = getRouteApi("/rollouts/$name");

export function ExposurePage() {
  const { name } = route.useParams();
  const { data } = useOverview(name);
  const release = data?.rollout.release ?? 0;
  const series = useSeries(name, release);
  const ledger = useExposure(name, release);
  if (data === undefined || data === null) return <Loading what="exposure" />;
  if (release === 0)
    return (
      <Empty
        title="Nobody has met a canary yet"
        commands={[`serin start ${name} --canary http://127.0.0.1:9002 --revision v2`]}
      >
        With the first release it stands here who met it, and what it did to them.
      </Empty>
    );
  return (
    <div className="grid grid-cols-1 gap-5">
      <Harm overview={data} />
      <Arms overview={data} />
      <Growth points={ledger.data?.releases[0]?.points} />
      {series.data === undefined ? null : <Traffic name={name} series={series.data} />}
      <Ground overview={data} />
      <Checks overview={data} logSplit={series.data?.logSplit ?? null} />
    </div>
  );
}

function Harm({ overview }: { overview: Overview }) {
  return (
    <Card>
      <h2 className="max-w-[75ch] text-lg leading-snug font-medium sm:text-xl">{extraWords(overview.extra)}</h2>
      <p className="mt-2 max-w-[90ch] text-[13px] text-soft">
        Against what stable would have done to as many in the same seconds; the interval holds at all times at once, at
        the level of the promise.
      </p>
      <p className="mt-3 flex flex-wrap gap-2">
        <a href={`${ledgerOf(overview)}&format=csv`} download className={buttonClass()}>
          Export as CSV
        </a>
        <a
          href={ledgerOf(overview)}
          download={`${overview.rollout.name}-release-${overview.rollout.release}-exposure.json`}
          className={buttonClass()}
        >
          Export as JSON
        </a>
      </p>
    </Card>
  );
}

const ledgerOf = ({ rollout: { name, release } }: Overview) => `/v1/rollouts/${name}/exposure?release=${release}`;
