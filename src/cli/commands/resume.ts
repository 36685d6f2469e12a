/** `serin resume NAME` */
import { asking } from "./asking.ts";

export const resume = asking({
  name: "resume",
  verb: "resume",
  summary: "let a paused release go on",
  about: `After a person's pause the step goes on where it was; a pause of the strategy is over; a step that ended without
enough evidence gets its time again.`,
  examples: ["serin resume shop"],
});
