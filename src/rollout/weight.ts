/** Apart from the schemas, so that a gateway worker need not load them. */

/** Weights are in hundredths of a percent (basis points): 1 = 0.01 %, 10000 = 100 %. Integers, so that plans compare exactly. */
export const FULL_WEIGHT = 10_000;
