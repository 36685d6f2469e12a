/** Who is asking, and links for those who may only look. */
import { z } from "zod";
import { roles } from "../roles.ts";
import { instant, name, nameSchema } from "../wire.ts";

export const sessionSchema = name(
  "Session",
  z.strictObject({
    access: z
      .enum(["local", "token", "share", "none"])
      .describe("`local`: the server has no tokens; `none`: it has, and does not know this browser"),
    name: z.string().nullable(),
    role: z.enum(roles).nullable(),
    only: nameSchema.nullable().describe("the one rollout that may be looked at"),
  }),
);
export type SessionView = z.infer<typeof sessionSchema>;

export const enterSchema = name(
  "Enter",
  z
    .strictObject({ token: z.string().min(1).max(1000).optional(), share: z.string().min(1).max(2000).optional() })
    .refine(
      ({ token, share }) => (token === undefined) !== (share === undefined),
      "expected exactly one of token, share",
    ),
);

export const shareRequestSchema = name(
  "ShareRequest",
  z.strictObject({ rollout: nameSchema, hours: z.int().min(1).max(720).default(72) }),
);
export const shareSchema = name(
  "Share",
  z.strictObject({
    path: z.string().describe("to be put behind this server's address"),
    rollout: nameSchema,
    until: instant,
  }),
);
export type Share = z.infer<typeof shareSchema>;
