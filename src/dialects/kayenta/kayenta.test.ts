/** Golden pairs. After a wanted change: `npx vitest run src/dialects -u`, and read the diff. */
import { goldenPairs } from "../../../test/dialects/golden.ts";
import { translateKayenta } from "./index.ts";

goldenPairs(new URL("golden", import.meta.url), ".in.json", translateKayenta);
