/** `serin retry NAME` */
import { asking } from "./asking.ts";

export const retry = asking({
  name: "retry",
  verb: "retry",
  summary: "try the release that was taken back again, from its first step",
  about: "It is a new release with a new number: other people are first, and evidence begins with nothing.",
  examples: ["serin retry shop"],
});
