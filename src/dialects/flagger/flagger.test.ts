/** Golden pairs. After a wanted change: `npx vitest run src/dialects -u`, and read the diff. */
import { goldenPairs } from "../../../test/dialects/golden.ts";
import { translateFlagger } from "./index.ts";

goldenPairs(new URL("golden", import.meta.url), ".in.yaml", translateFlagger, {
  gates: { gates: "http://127.0.0.1:7077" },
  secrets: { secretsIn: "/var/lib/serin/secrets" },
});
