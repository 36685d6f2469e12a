/** Who is asking, as the server sees it. */
import { useQuery } from "@tanstack/react-query";
import type { SessionView } from "../../../src/http/wire-pages.ts";
import { ask } from "./client.ts";
import { keys } from "./keys.ts";

export const useSession = () => useQuery({ queryKey: keys.session, queryFn: () => ask<SessionView>("/session") });
