/** `serin pause NAME` */
import { asking } from "./asking.ts";

export const pause = asking({
  name: "pause",
  verb: "pause",
  summary: "hold a release at its share; gates go on watching and may still take it back",
  about: "The current step's clock stands still until `serin resume`.",
  examples: ["serin pause shop --why 'an incident elsewhere'"],
});
