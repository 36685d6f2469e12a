/** Golden timelines. After a wanted change: `npx vitest run src/sim -u`, and read the diff. */
import { expect, test } from "vitest";
import { play, timeline } from "../play.ts";
import { scenes } from "./index.ts";

test.each(scenes)("$name: $about", async (scene) => {
  await expect(timeline(scene, await play(scene))).toMatchFileSnapshot(`${scene.name}.timeline.txt`);
});
