/** Golden timelines, and that each decides the same again. After a wanted change: `npx vitest run -u src/sim/scenarios/scenarios.test.ts`, and read the diff. */
import { beforeAll, describe, expect, test } from "vitest";
import { play, readSpec, timeline, type Played } from "../play.ts";
import { replay } from "../replay.ts";
import { scenes } from "./index.ts";

describe.each(scenes)("$name", (scene) => {
  let played: Played;
  beforeAll(async () => {
    played = await play(scene);
  });

  test(scene.about, async () => {
    await expect(timeline(scene, played)).toMatchFileSnapshot(`${scene.name}.timeline.txt`);
  });

  test("decides the same again", async () => {
    let events = 0;
    for (let release = 0; release <= played.status.release; release++) {
      const replayed = await replay(played.store, scene.name, release, readSpec);
      expect(replayed.difference).toBeNull();
      events += replayed.events;
    }
    expect(events).toBe(played.journal.length);
  });
});
