/**
 * What Serin's own gateway counted. Nothing to set: it knows the arms apart, counts people where people are assigned,
 * and sees requests that hang while they hang.
 */
import { z } from "zod";
import { asSerinError, SerinError } from "../errors.ts";
import { defineMetricSource } from "./source.ts";

export const gateway = defineMetricSource({
  name: "gateway",
  config: z.strictObject({}).describe("what Serin's own gateway counted"),
  offers: () => ["counts", "histogram", "value"],
  create(_config, { rollout, gateway }) {
    return {
      async measure(query, window, signal) {
        if (gateway === null) throw new SerinError("SOURCE_FAILED", `${rollout} has no gateway of Serin's to ask`);
        signal.throwIfAborted();
        try {
          return await gateway.measure(query, window, signal);
        } catch (thrown) {
          signal.throwIfAborted();
          throw new SerinError("SOURCE_FAILED", asSerinError(thrown).message, { cause: thrown });
        }
      },
    };
  },
});
