/** Who is asking, as the server sees it. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "./client.ts";
import { keys } from "./keys.ts";

export interface SessionView {
  /** `local`: the server has no tokens; `token` or `share`: it has, and knows this browser; `none`: it does not. */
  readonly access: "local" | "token" | "share" | "none";
  readonly name: string | null;
  readonly role: "view" | "act" | null;
}

export const useSession = () => useQuery({ queryKey: keys.session, queryFn: () => ask<SessionView>("/session") });
