import { z } from "zod";
export const strategySchema = z.any();
export type StrategySpec = any;
