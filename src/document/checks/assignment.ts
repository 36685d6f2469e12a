/** How units are assigned: what browsers and proxies make of it. */
import { at, type Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";

/** Behind a proxy there is mostly https in front of it, and the gateway cannot see it. */
export function insecureCookie({ assignment, gateway }: Parts): readonly Finding[] {
  if (assignment === undefined || !("visitor" in assignment) || assignment.visitor.secure) return [];
  if (gateway === undefined || gateway.trustForwarded === 0) return [];
  const message =
    "visitors' cookies are also sent over plain http: if the proxy in front speaks https alone, say assignment.cookie.secure: true";
  return [{ path: ["spec", "gateway", "trustForwarded"], message }];
}

export function cookieWithoutUse({ assignment, written }: Parts): readonly Finding[] {
  if (assignment === undefined || "visitor" in assignment) return [];
  if (at(written, "assignment", "cookie") === undefined) return [];
  const message = "has no effect: Serin sets a cookie only where units are visitors (assignment.by: visitor)";
  return [{ path: ["spec", "assignment", "cookie"], at: "key", message }];
}
