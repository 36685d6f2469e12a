/**
 * Chance in tests: properties draw from one seed, so that a run says the same of the same code wherever it runs.
 * `SERIN_SEED=7 npm test` looks elsewhere; a failure prints its seed and path.
 */
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env["SERIN_SEED"] ?? 20_261_125) });
