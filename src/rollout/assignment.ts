/** Who meets which arm, as people write it: what a unit is, and who is sent to an arm by name. */
import { z } from "zod";
import { durationFrom } from "./amounts.ts";
import { exactlyOne, theOne } from "./choice.ts";
import { nameSchema } from "./name.ts";
import type { Unit, ValueMatch } from "./traffic.ts";

/** RFC 9110, 5.6.2: what headers and cookies may be called. */
const token = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
  .meta({ title: "header or cookie name", examples: ["x-user-id"] });

const jwt = z.strictObject({
  claim: z.string().min(1).max(200).describe("a claim with text, a number or true/false, e.g. sub; a.b looks inside a"),
  header: token.optional().describe("where the token is: Authorization unless said"),
  cookie: token.optional().describe("looked into before the header"),
});

const named = ["cookie", "header", "jwt"] as const;
const namedUnit = z
  .strictObject({
    cookie: token.optional().describe("a cookie of yours, such as a session's"),
    header: token.optional().describe("a header that somebody in front of Serin sets"),
    jwt: jwt.optional().describe("a claim of a JSON Web Token; its signature is not checked"),
  })
  .meta(exactlyOne(named))
  .transform((written, ctx): Unit => {
    if (theOne(written, named, ctx) === null) return z.NEVER;
    if (written.cookie !== undefined) return { cookie: { name: written.cookie } };
    if (written.header !== undefined) return { header: { name: written.header } };
    const { claim, header, cookie } = written.jwt ?? { claim: "" };
    return { jwt: { claim, ...(header ? { header } : {}), ...(cookie ? { cookie } : {}) } };
  });

/** RFC 6265bis, 5.5: browsers keep no cookie longer. */
const LONGEST_COOKIE_MS = 400 * 86_400_000;

const cookie = z.strictObject({
  name: token.default("serin").describe("what it is called"),
  maxAge: durationFrom(60_000)
    .refine((ms) => ms <= LONGEST_COOKIE_MS, "expected a duration of at most 400d, which is all that browsers keep")
    .prefault("365d")
    .describe("how long a visitor is known"),
  secure: z.boolean().default(false).describe("only sent over https"),
});

type WrittenUnit = "visitor" | "request" | "address" | Unit;

function unitOf(by: WrittenUnit, { name, maxAge, secure }: z.output<typeof cookie>): Unit {
  if (by === "visitor") return { visitor: { cookie: name, maxAgeSeconds: Math.round(maxAge / 1000), secure } };
  if (by === "request") return { request: {} };
  return by === "address" ? { address: {} } : by;
}

export const assignmentSchema = z
  .strictObject({
    by: z
      .union([z.enum(["visitor", "request", "address"]), namedUnit])
      .prefault("visitor")
      .describe(
        "what a unit is: a visitor by Serin's cookie, a named cookie, header or JWT claim, the client's address, or each request",
      ),
    cookie: cookie.prefault({}).describe("Serin's own cookie, where units are visitors"),
  })
  .transform((written): Unit => unitOf(written.by, written.cookie));

const regex = z
  .string()
  .min(1)
  .max(1000)
  .refine(isRegex, "expected a regular expression of JavaScript")
  .meta({ title: "regular expression", examples: ["^/admin/"], format: "regex" });

function isRegex(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

const comparisons = ["exact", "prefix", "regex"] as const;
const valueMatch = z
  .strictObject({
    exact: z.string().max(8000).optional().describe("the whole value"),
    prefix: z.string().max(8000).optional().describe("how the value begins"),
    regex: regex.optional().describe("what is found somewhere in the value, unless bound by ^ and $"),
  })
  .meta(exactlyOne(comparisons))
  .transform((written, ctx): ValueMatch => {
    if (theOne(written, comparisons, ctx) === null) return z.NEVER;
    if (written.exact !== undefined) return { exact: written.exact };
    return written.prefix === undefined ? { regex: written.regex ?? "" } : { prefix: written.prefix };
  });

const valueOf = (name: z.ZodType<string, string>) =>
  z.strictObject({ name: name.describe("which one"), value: valueMatch.describe("what it must be") });

export const conditions = ["path", "header", "cookie", "query"] as const;

/** One forced match. All conditions must hold. */
export const matchSchema = z
  .strictObject({
    name: nameSchema,
    arm: z.enum(["stable", "canary"]).describe("the arm that those who match always meet"),
    path: valueMatch.optional().describe("the path as it was sent, without the query"),
    header: valueOf(token).optional().describe("one header of the request"),
    cookie: valueOf(token).optional().describe("one cookie of the request"),
    query: valueOf(z.string().min(1).max(1000)).optional().describe("one parameter after the ?, decoded"),
  })
  .meta({ anyOf: conditions.map((key) => ({ required: [key] })) })
  .superRefine((written, ctx) => {
    if (conditions.some((key) => written[key] !== undefined)) return;
    ctx.addIssue({ code: "custom", message: `expected at least one of ${conditions.join(", ")}, found none` });
  });
