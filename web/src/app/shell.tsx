/** The frame around every page. */
import { Link, Navigate, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { queryClient, useLiveness } from "../api/hooks.ts";
import { keys } from "../api/keys.ts";
import { useSession } from "../api/session.ts";
import { LiveDot, StaleBanner } from "./banner.tsx";
import { Loading } from "../ui/states.tsx";
import { EnterForm } from "./enter.tsx";
import { Keys } from "./keys.tsx";
import { chooseTheme, nextTheme, useTheme } from "../ui/theme.ts";

const pages = [
  { to: "/", label: "Fleet" },
  { to: "/history", label: "History" },
  { to: "/plan", label: "Planner" },
  { to: "/new", label: "New", more: " release" },
  { to: "/settings", label: "Settings" },
] as const;

export function Shell() {
  useTitle();
  return (
    <div className="min-h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:bg-surface focus:p-2"
      >
        To the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-[1320px] flex-wrap items-center gap-x-6 gap-y-1 px-4 py-2 sm:px-6">
          <Link to="/" className="flex items-center gap-2 text-[17px] font-bold tracking-tight">
            <img src="/favicon.svg" alt="" width={26} height={26} />
            Serin
          </Link>
          <Nav />
          <div className="ml-auto flex items-center gap-3">
            <LiveDot />
            <ThemeSwitch />
          </div>
        </div>
      </header>
      <StaleBanner />
      <main id="main" tabIndex={-1} className="mx-auto max-w-[1320px] px-4 py-5 outline-none sm:px-6">
        <Content />
      </main>
      <Keys />
    </div>
  );
}

/** Whoever is not known is asked who is there; a link that was shared is on its way to become known. */
function Content() {
  const session = useSession();
  // The page that is still shown, not the one on its way: a guest must not see it for a moment.
  const path = useRouterState({ select: ({ location, resolvedLocation }) => (resolvedLocation ?? location).pathname });
  const { link } = useLiveness();
  const unknown = session.data?.access === "none";
  useEffect(() => {
    if (link === "refused") void queryClient.invalidateQueries({ queryKey: keys.session });
  }, [link]);
  // Nothing is asked for before it is known who asks.
  if (session.isPending) return <Loading what="Serin" />;
  if (unknown && path !== "/share") return <EnterForm />;
  const only = session.data?.only ?? null;
  if (only !== null && !path.startsWith(`/rollouts/${only}`))
    return <Navigate to="/rollouts/$name" params={{ name: only }} replace />;
  return <Outlet />;
}

function Nav() {
  // A guest has one page.
  if (useSession().data?.access === "share") return null;
  return (
    <nav
      aria-label="Pages"
      className="order-last -mx-2 flex w-[calc(100%+1rem)] overflow-x-auto sm:order-none sm:mx-0 sm:w-auto sm:gap-1"
    >
      {pages.map(({ to, label, ...rest }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === "/" }}
          className="rounded-lg px-[7px] py-1.5 text-sm whitespace-nowrap text-soft hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-semibold aria-[current=page]:text-ink sm:px-2.5"
        >
          {label}
          {"more" in rest ? <span className="max-sm:sr-only">{rest.more}</span> : null}
        </Link>
      ))}
    </nav>
  );
}

const signs = { system: "◐", light: "☀", dark: "☾" } as const;

function ThemeSwitch() {
  const theme = useTheme();
  return (
    <button
      type="button"
      onClick={() => chooseTheme(nextTheme(theme))}
      className="min-h-9 rounded-lg px-2 text-[13px] text-soft hover:bg-sunken hover:text-ink"
      aria-label={`Colours: ${theme}. Change to ${nextTheme(theme)}`}
    >
      <span aria-hidden="true">{signs[theme]}</span> <span className="hidden sm:inline">{theme}</span>
    </button>
  );
}

/** The tab says where it is, for whoever has twenty of them. */
function useTitle(): void {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => {
    const [first, name] = path.split("/").filter((part) => part !== "");
    const page = first === "rollouts" ? decodeURIComponent(name ?? "") : (first ?? "fleet");
    document.title = `${page} · Serin`;
  }, [path]);
}
