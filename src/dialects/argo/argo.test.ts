/** Golden pairs. After a wanted change: `npx vitest run src/dialects -u`, and read the diff. */
import { goldenPairs } from "../../../test/dialects/golden.ts";
import { translateArgo } from "./index.ts";

goldenPairs(new URL("golden", import.meta.url), ".in.yaml", translateArgo, {
  services: { region: "eu-central-1", secretsIn: "/var/lib/serin/secrets" },
});
