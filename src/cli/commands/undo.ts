/** `serin undo NAME` */
import { asking } from "./asking.ts";

export const undo = asking({
  name: "undo",
  verb: "undo",
  summary: "go back to what was stable before the last promotion, at once",
  about: "Its backends must still be running. While a release is under way, `serin abort` takes it back instead.",
  examples: ["serin undo shop --why 'refunds fail since v42'"],
});
