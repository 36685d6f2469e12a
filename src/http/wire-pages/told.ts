/** Who is told of a rollout. */
import { z } from "zod";
import { name } from "../wire.ts";

export const toldSchema = name("Told", z.strictObject({ notifications: z.array(z.string()).describe("by name") }));
export type Told = z.infer<typeof toldSchema>;
