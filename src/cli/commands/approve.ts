/** `serin approve NAME` */
import { asking } from "./asking.ts";

export const approve = asking({
  name: "approve",
  verb: "approve",
  summary: "approve the step that waits for a person",
  about: "`serin wait NAME --for approval` returns when there is one.",
  examples: ["serin approve shop --why 'looked at the new checkout'"],
});
