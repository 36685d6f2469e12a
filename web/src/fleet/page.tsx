/** The fleet: a row for every service, the ones that want somebody first. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { FleetRow } from "../../../src/http/wire-pages.ts";
import { useFleet, useFollow, useNow } from "../api/hooks.ts";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { isTyping } from "../ui/typing.ts";
import { counted, shown } from "./filter.ts";
import { Filters } from "./filters.tsx";
import { columns, Row } from "./row.tsx";

const route = getRouteApi("/");

export function FleetPage() {
  useFollow(null);
  const { data, error, isPending, refetch } = useFleet();
  const search = route.useSearch();
  const rows = useMemo(() => shown(data ?? [], search), [data, search]);
  if (isPending) return <Loading what="the fleet" />;
  if (data === undefined) return <Problem error={error} retry={() => void refetch()} />;
  if (data.length === 0) return <NothingYet />;
  return (
    <>
      <h1 className="sr-only">Fleet</h1>
      <Filters counts={counted(data)} search={search} />
      {rows.length === 0 ? (
        <Empty title="Nothing fits">No service is like that. Take a word away, or show all.</Empty>
      ) : (
        <Rows rows={rows} />
      )}
    </>
  );
}

function NothingYet() {
  return (
    <Empty
      title="No rollout yet"
      commands={["serin apply rollout.yaml", "serin start shop --canary http://127.0.0.1:9002 --revision v2"]}
    >
      Serin runs and has nothing to look after. Write a document, or use the form under New release, and send it here:
    </Empty>
  );
}

const WIDE = "(min-width: 64rem)";
const heightOf = () => (window.matchMedia(WIDE).matches ? 68 : 98);

function Rows({ rows }: { rows: readonly FleetRow[] }) {
  const now = useNow();
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: heightOf, overscan: 8, scrollMargin: top });
  useEffect(() => {
    const query = window.matchMedia(WIDE);
    const measure = () => virtual.measure();
    query.addEventListener("change", measure);
    return () => query.removeEventListener("change", measure);
  }, [virtual]);
  const current = useCursor(rows, (index) => virtual.scrollToIndex(index));
  return (
    <div
      role="table"
      aria-label="Services"
      aria-rowcount={rows.length + 1}
      className="overflow-hidden rounded-xl border border-line bg-surface"
    >
      <Heads />
      <div ref={list} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, size }) => (
          <div
            key={rows[index].name}
            role="presentation"
            className="absolute inset-x-0 top-0"
            style={{ height: size, transform: `translateY(${start - top}px)` }}
          >
            <Row row={rows[index]} now={now} index={index} current={index === current} />
          </div>
        ))}
      </div>
    </div>
  );
}

const heads = ["Service", "State", "Step", "Share", "Traffic", "People", "For", "What comes next"] as const;

function Heads() {
  return (
    <div role="rowgroup" className="hidden lg:block">
      <div
        role="row"
        aria-rowindex={1}
        className={`grid items-center gap-x-4 border-b border-line bg-sunken px-3 py-2 text-[13px] text-soft ${columns}`}
      >
        {heads.map((head) => (
          <div key={head} role="columnheader" className={head === "People" || head === "For" ? "text-right" : ""}>
            {head}
          </div>
        ))}
      </div>
    </div>
  );
}

/** j and k walk through the rows, Enter opens one. */
function useCursor(rows: readonly FleetRow[], show: (index: number) => void): number {
  const [current, setCurrent] = useState(-1);
  const navigate = useNavigate();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step !== 0) {
        const next = Math.min(rows.length - 1, Math.max(0, current + step));
        setCurrent(next);
        show(next);
      }
      const row = rows[current];
      if (event.key === "Enter" && row !== undefined && event.target === document.body)
        void navigate({ to: "/rollouts/$name", params: { name: row.name } });
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
  return current;
}
