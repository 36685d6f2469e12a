/**
 * Assignment: which arm a request meets. Pure: the same unit, salt and weight give the same arm in every process and
 * for ever; all chance is passed in.
 *
 * A unit's hash places it at a point in [0, 10000). It meets the canary while its point is below the canary's weight
 * in basis points: raising the weight only adds units (nobody flips back), lowering it only takes away, and a new salt
 * shuffles everybody. What is read from a request is used for grouping only: a JWT's signature is not checked,
 * so nothing may be granted on the strength of an arm.
 *
 * A request that lacks its named cookie, header or claim is assigned by the client's address: it keeps its
 * arm from request to request, which a coin toss would not, and at full weight it meets the canary like everybody.
 */
import { SerinError } from "../errors.ts";
import type { Match, TrafficPlan, Unit, ValueMatch } from "../rollout/traffic.ts";
import { FULL_WEIGHT } from "../rollout/weight.ts";
import { murmurString, type Lanes } from "./hash.ts";
import type { ArmName, HeadView, Route } from "./seam.ts";

/** Where chance comes from: `uniform` in [0, 1), `id` 128 random bits as 22 characters of base64url. */
export interface Chance {
  readonly uniform: () => number;
  readonly id: () => string;
}

/** A Route under construction: one object, filled in for every request. */
export type MutableRoute = { -readonly [K in keyof Route]: Route[K] };

/** Reads what names the unit; null when the request does not say. */
type UnitReader = (head: HeadView) => string | null;

/** 22 characters of base64url; the last one holds only two bits. */
const VISITOR_ID = /^[A-Za-z0-9_-]{21}[AQgw]$/;

const lanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };
const saltLanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };

/** The seed that stands for a salt. */
export function saltSeed(salt: string): number {
  murmurString(Buffer.from(salt, "utf8").toString("latin1"), 0, saltLanes);
  return saltLanes.h1;
}

/** 53 bits of two lanes as a point in [0, 10000). */
function point(high: number, low: number): number {
  return (((high >>> 0) * 2_097_152 + (low >>> 11)) / 9_007_199_254_740_992) * FULL_WEIGHT;
}

/** Where a unit stands in [0, 10000) under a salt: it meets the canary when this is below the weight. */
export function placeOf(unit: string, seed: number): number {
  murmurString(unit, seed, lanes);
  return point(lanes.h1, lanes.h2);
}

/** How each request is routed under a plan, apart from backends. The route passed in is filled and returned. */
export function compileAssignment(plan: TrafficPlan, chance: Chance): (head: HeadView, route: MutableRoute) => void {
  const matches = plan.matches.filter((match) => match.arm === "stable" || plan.canary !== null).map(compileMatch);
  const assign = compileUnit(plan, chance);
  const read = reader(plan.unit);
  const seed = saltSeed(plan.salt);
  return (head, route) => {
    route.plan = plan.version;
    route.setCookie = null;
    route.mirrorTo = null;
    const arm = forcedArm(matches, head);
    if (arm === null) return assign(head, route);
    route.arm = arm;
    route.forced = true;
    name(read(head), seed, route);
  };
}

/** Assigns by the plan's unit: fills in arm, unit, cookie and mirroring. */
function compileUnit(plan: TrafficPlan, chance: Chance): (head: HeadView, route: MutableRoute) => void {
  if (plan.canary === null) {
    return (_head, route) => {
      route.arm = "stable";
      route.forced = false;
      name(null, 0, route);
    };
  }
  const { canaryWeight, mirrorWeight } = plan;
  if ("request" in plan.unit) {
    return (_head, route) => {
      name(null, 0, route);
      settle(route, chance.uniform() * FULL_WEIGHT < canaryWeight);
      if (route.arm === "stable" && chance.uniform() * FULL_WEIGHT < mirrorWeight) route.mirrorTo = "canary";
    };
  }
  const seed = saltSeed(plan.salt);
  const read = reader(plan.unit);
  const visitor = "visitor" in plan.unit ? plan.unit.visitor : null;
  const attributes = visitor ? cookieAttributes(visitor.maxAgeSeconds, visitor.secure) : "";
  return (head, route) => {
    let unit = read(head);
    if (unit === null && visitor !== null) {
      unit = chance.id();
      route.setCookie = `${visitor.cookie}=${unit}${attributes}`;
    }
    name(unit ?? head.remoteAddress, seed, route);
    settle(route, point(lanes.h1, lanes.h2) < canaryWeight);
    // Copies go by unit too, so that a stateful canary sees whole visits; by the lanes that did not choose the arm.
    if (route.arm === "stable" && point(lanes.h3, lanes.h4) < mirrorWeight) route.mirrorTo = "canary";
  };
}

function settle(route: MutableRoute, canary: boolean): void {
  route.arm = canary ? "canary" : "stable";
  route.forced = false;
}

/** Hashes the unit; 0/0 says that there is none, so a hash never does. */
function name(unit: string | null, seed: number, route: MutableRoute): void {
  if (unit === null) {
    route.unitHi = 0;
    route.unitLo = 0;
    return;
  }
  murmurString(unit, seed, lanes);
  route.unitHi = lanes.h3 >>> 0;
  route.unitLo = lanes.h4 >>> 0 || 1;
}

function cookieAttributes(maxAgeSeconds: number, secure: boolean): string {
  return `; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

function reader(unit: Unit): UnitReader {
  if ("visitor" in unit) {
    const { cookie } = unit.visitor;
    return (head) => {
      const id = head.cookie(cookie);
      return id !== null && VISITOR_ID.test(id) ? id : null;
    };
  }
  if ("cookie" in unit) {
    const cookie = unit.cookie.name;
    return (head) => head.cookie(cookie) || null;
  }
  if ("header" in unit) {
    const header = unit.header.name.toLowerCase();
    return (head) => head.header(header) || null;
  }
  if ("jwt" in unit) return claimReader(unit.jwt);
  if ("address" in unit) return (head) => head.remoteAddress;
  return () => null;
}

/** A claim of the token in the named cookie or header (`Authorization` unless said, with or without "Bearer"). */
function claimReader(jwt: {
  readonly claim: string;
  readonly header?: string | undefined;
  readonly cookie?: string | undefined;
}): UnitReader {
  const { claim, cookie } = jwt;
  const header = (jwt.header ?? "authorization").toLowerCase();
  return (head) => {
    const token = (cookie === undefined ? null : head.cookie(cookie)) ?? head.header(header);
    return token === null ? null : claimOf(token, claim);
  };
}

/**
 * The claim in a token's payload as text; null when it is no token, has no such claim, or it is no scalar. "realm.id" finds
 * the claim of just that name first (names may be URLs, with dots), then `id` inside `realm`.
 */
export function claimOf(token: string, claim: string): string | null {
  const [, payload, signature, ...more] = token.replace(/^Bearer +/i, "").split(".");
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  const scalar = member(value, claim) ?? claim.split(".").reduce(member, value);
  if (typeof scalar === "string") return scalar === "" ? null : Buffer.from(scalar, "utf8").toString("latin1");
  return typeof scalar === "number" || typeof scalar === "boolean" ? String(scalar) : null;
}

function member(value: unknown, key: string): unknown {
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

interface CompiledMatch {
  readonly arm: ArmName;
  readonly holds: (head: HeadView) => boolean;
}

function forcedArm(matches: readonly CompiledMatch[], head: HeadView): ArmName | null {
  for (const match of matches) if (match.holds(head)) return match.arm;
  return null;
}

/** All stated conditions must hold. The path is compared as it was sent (no percent-decoding), a query value decoded. */
function compileMatch(match: Match): CompiledMatch {
  const conditions: ((head: HeadView) => boolean)[] = [];
  const add = (value: ValueMatch, read: UnitReader, decoded = false) => {
    const test = compileValue(decoded ? value : asSent(value), match.name);
    conditions.push((head) => {
      const found = read(head);
      return found !== null && test(found);
    });
  };
  if (match.path) add(match.path, (head) => head.path);
  if (match.header) {
    const header = match.header.name.toLowerCase();
    add(match.header.value, (head) => head.header(header));
  }
  if (match.cookie) {
    const cookie = match.cookie.name;
    add(match.cookie.value, (head) => head.cookie(cookie));
  }
  if (match.query) {
    const query = match.query.name;
    add(match.query.value, (head) => (head.query === "" ? null : new URLSearchParams(head.query).get(query)), true);
  }
  const holds =
    conditions.length === 1
      ? conditions[0]
      : (head: HeadView) => conditions.length > 0 && conditions.every((condition) => condition(head));
  return { arm: match.arm, holds };
}

/** Heads are read byte by byte as Latin-1: what people write in UTF-8 is compared by its bytes. */
function asSent(value: ValueMatch): ValueMatch {
  const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  if ("exact" in value) return { exact: bytes(value.exact) };
  return "prefix" in value ? { prefix: bytes(value.prefix) } : value;
}

/** Longer values never match a regex: what an attacker sends must not decide how long a match takes. */
const REGEX_MAX = 2048;

function compileValue(value: ValueMatch, matchName: string): (found: string) => boolean {
  if ("exact" in value) return (found) => found === value.exact;
  if ("prefix" in value) return (found) => found.startsWith(value.prefix);
  const regex = compileRegex(value.regex, matchName);
  return (found) => found.length <= REGEX_MAX && regex.test(found);
}

function compileRegex(source: string, matchName: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw new SerinError("DOCUMENT_INVALID", `match ${matchName}: ${JSON.stringify(source)} is no regular expression`, {
      cause,
    });
  }
}
