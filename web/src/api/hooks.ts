/** What components ask: the API's data, the live stream, the clock of the server. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { ExposureLedger } from "../../../src/http/wire-exposure.ts";
import type { FleetRow, Overview, ReleaseList, ReleaseStory, Series, Why } from "../../../src/http/wire-pages.ts";
import { ApiError, ask } from "./client.ts";
import { keys } from "./keys.ts";
import { LiveStream, type Liveness } from "./live.ts";

/** Nobody answered, or not in time. */
const later: readonly number[] = [0, 504];

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      // What is refused stays refused; what is not answered may be answered soon.
      retry: (count, error) => error instanceof ApiError && later.includes(error.status) && count < 20,
      retryDelay: (count) => Math.min(500 * 2 ** count, 5000),
    },
  },
});

/** One stream at a time: the page's own. */
let stream: LiveStream | null = null;
const listeners = new Set<() => void>();
const quiet: Liveness = { link: "connecting", heardAt: 0, offset: 0, serin: null };
const told = () => {
  for (const listener of listeners) listener();
};

/** Follows one rollout, or the fleet, while the component is there. */
export function useFollow(rollout: string | null): void {
  useEffect(() => {
    const own = new LiveStream(queryClient, rollout);
    const leave = own.subscribe(told);
    stream = own;
    own.open();
    told();
    return () => {
      leave();
      own.close();
      if (stream === own) stream = null;
    };
  }, [rollout]);
}

export function useLiveness(): Liveness {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => stream?.state ?? quiet,
  );
}

export const serverNow = (): number => Date.now() + (stream?.state.offset ?? 0);

/** The server's clock, moving once a second. */
export function useNow(): number {
  const { offset } = useLiveness();
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), 1000);
    return () => clearInterval(timer);
  }, [offset]);
  return now;
}

export const useFleet = () =>
  useQuery({
    queryKey: keys.fleet,
    queryFn: () => ask<{ rows: FleetRow[] }>("/fleet").then(({ rows }) => rows as readonly FleetRow[]),
  });

export const useOverview = (name: string) =>
  useQuery<Overview | null>({
    queryKey: keys.overview(name),
    queryFn: () => ask<Overview>(`/rollouts/${name}/overview`),
  });

export const useReleases = (name: string | null) =>
  useQuery({
    queryKey: name === null ? keys.allReleases : keys.releases(name),
    queryFn: () => ask<ReleaseList>(name === null ? "/releases" : `/releases?rollout=${name}`),
  });

export const useStory = (name: string, release: number) =>
  useQuery({
    queryKey: keys.story(name, release),
    queryFn: () => ask<ReleaseStory>(`/rollouts/${name}/releases/${release}`),
    enabled: release > 0,
  });

export const useWhy = (name: string, seq: number) =>
  useQuery({ queryKey: keys.why(name, seq), queryFn: () => ask<Why>(`/rollouts/${name}/why/${seq}`) });

/** Points a chart has room for. */
const POINTS = 200;

export const useSeries = (name: string, release: number) =>
  useQuery({
    queryKey: keys.series(name, release),
    queryFn: () => ask<Series>(`/rollouts/${name}/series?release=${release}&points=${POINTS}`),
    enabled: release > 0,
    placeholderData: (before) => before,
    // Only while the server still reads what was recorded before somebody looked.
    refetchInterval: ({ state }) => (state.data?.complete === false ? 1000 : false),
  });

export const useExposure = (name: string, release: number) =>
  useQuery({
    queryKey: keys.exposure(name, release),
    queryFn: () => ask<ExposureLedger>(`/rollouts/${name}/exposure?release=${release}`),
    enabled: release > 0,
    placeholderData: (before) => before,
  });
