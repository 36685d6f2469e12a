/** What the server says of a text, a moment after its last change. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useState } from "react";
import type { Lint } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";

export interface Said {
  readonly lint: Lint | null;
  /** Whether it is about the text as it is now. */
  readonly fresh: boolean;
}

const PAUSE_MS = 250;

export function useLint(text: string): Said {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, isPlaceholderData } = useQuery({
    queryKey: ["lint", settled],
    queryFn: ({ signal }) => ask<Lint>("/lint", { method: "POST", text: settled, signal }),
    placeholderData: (before) => before,
    gcTime: 0,
  });
  return { lint: useDeferredValue(data ?? null), fresh: settled === text && !isPlaceholderData };
}
