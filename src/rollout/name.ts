/** What rollouts, gates, matches, hooks and notifications may be called: as DNS labels are (RFC 1123, 2.1). */
import { z } from "zod";

export const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const nameSchema = z
  .string()
  .regex(NAME, "expected lower-case letters, digits and dashes, at most 63")
  .meta({ title: "name", description: "lower-case letters, digits and dashes, at most 63", examples: ["shop"] });
