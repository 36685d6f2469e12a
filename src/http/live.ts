/** What is measured right now, asked of whoever knows. Not knowing is an answer: a page about a rollout never fails for it. */
import type { ServerDeps } from "./deps.ts";
import type { Live } from "./wire.ts";

/** The gateway answers in a few milliseconds or is in trouble. */
const PATIENCE_MS = 1000;

export async function measured({ live, log }: Pick<ServerDeps, "live" | "log">, name: string): Promise<Live | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null);
  });
  try {
    return await Promise.race([live(name), tooLate]);
  } catch (thrown) {
    log("warn", "live traffic is not known", { rollout: name, cause: String(thrown) });
    return null;
  } finally {
    clearTimeout(timer);
  }
}
