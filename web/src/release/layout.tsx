/** One rollout: its name, where it stands, and the ways to look at it. */
import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { ApiError } from "../api/client.ts";
import { useFollow, useOverview } from "../api/hooks.ts";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { MarkWord } from "../ui/mark.tsx";
import { markOf } from "../words/lights.ts";

const route = getRouteApi("/rollouts/$name");

const tabs = [
  { to: "/rollouts/$name", label: "Now" },
  { to: "/rollouts/$name/why", label: "Why" },
  { to: "/rollouts/$name/exposure", label: "Exposure" },
  { to: "/rollouts/$name/history", label: "History" },
  { to: "/rollouts/$name/workshop", label: "Workshop" },
  { to: "/rollouts/$name/document", label: "Document" },
] as const;

export function RolloutLayout() {
  const { name } = route.useParams();
  useFollow(name);
  const { data, error, isPending, refetch } = useOverview(name);
  if (isPending) return <Loading what={name} />;
  if (data === null || (error instanceof ApiError && error.status === 404)) return <Gone name={name} />;
  if (data === undefined) return <Problem error={error} retry={() => void refetch()} />;
  const { rollout, light } = data;
  const over = rollout.canary !== null && rollout.canary !== rollout.stable;
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="text-2xl font-bold tracking-tight">{name}</h1>
        <p className="text-soft">
          {over ? (
            <>
              <span className="font-medium text-accent">{rollout.canary}</span> over {rollout.stable}
            </>
          ) : (
            rollout.stable
          )}
          {rollout.release === 0 ? "" : `, release ${rollout.release}`}
        </p>
        <MarkWord mark={markOf(light, rollout.outcome)} className="sm:ml-auto" />
      </div>
      <nav
        aria-label={name}
        className="-mx-4 mt-3 mb-5 flex overflow-x-auto border-b border-line px-2 sm:mx-0 sm:gap-1 sm:px-0"
      >
        {tabs.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            params={{ name }}
            activeOptions={{ exact: label === "Now" }}
            activeProps={{ ref: intoView }}
            className="-mb-px border-b-2 border-transparent px-2 py-2 sm:px-3 text-sm whitespace-nowrap text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-semibold aria-[current=page]:text-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}

/** On a narrow screen the tab that is open may lie beyond the edge. */
const intoView = (tab: HTMLAnchorElement | null) => tab?.scrollIntoView({ block: "nearest", inline: "nearest" });

function Gone({ name }: { name: string }) {
  return (
    <Empty title={`There is no rollout named ${name}`} commands={[`serin apply ${name}.yaml`]}>
      It was removed, or never there. To add it:
    </Empty>
  );
}
