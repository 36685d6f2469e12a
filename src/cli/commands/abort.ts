/** `serin abort NAME` */
import { asking } from "./asking.ts";

export const abort = asking({
  name: "abort",
  verb: "abort",
  summary: "take a release back: stable serves everybody",
  examples: ["serin abort shop --why 'prices look wrong'"],
});
