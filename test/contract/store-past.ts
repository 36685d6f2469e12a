/** What every store keeps so that decisions can be made again: commits with their inputs, documents, beginnings. */
import { expect, test } from "vitest";
import type { OpenStore } from "../../src/stores/index.ts";
import { changeOf, countsOf, documentOf, eventOf, inputsAt, statusOf } from "./store-fixtures.ts";

const DAY = 86_400_000;

type Fresh = () => Promise<OpenStore>;
type WithRollout = (rollout?: string) => Promise<{ store: OpenStore; from: number }>;

export function past(fresh: Fresh, withRollout: WithRollout): void {
  /** Five commits, of releases 1, 1, 2, 2 and 3, at days 1 to 5. */
  const filled = async () => {
    const { store, from } = await withRollout();
    for (const [step, release] of [1, 1, 2, 2, 3].entries()) {
      const events = step % 2 === 0 ? [eventOf(`a${step}`, release), eventOf(`b${step}`, release)] : [];
      const change = { events, inputs: inputsAt(DAY * (step + 1)), measurements: { g: countsOf(1, DAY * (step + 1)) } };
      await store.commit(
        changeOf("shop", from + step, { ...change, status: statusOf("shop", `after ${step}`, release) }),
      );
    }
    return { store, from };
  };
  const versions = (found: readonly { readonly version: number }[], from: number) => found.map((c) => c.version - from);

  test("commits come back oldest first with what they rested on and what they told, by release and in pages", async () => {
    const { store, from } = await filled();
    const all = await store.commits("shop", { limit: 10 });
    expect(versions(all, from)).toEqual([1, 2, 3, 4, 5]);
    expect(all[2]).toEqual({
      version: from + 3,
      release: 2,
      inputs: inputsAt(DAY * 3),
      events: [eventOf("a2", 2), eventOf("b2", 2)],
    });
    expect(all[1].events).toEqual([]);
    expect(versions(await store.commits("shop", { release: 2, limit: 10 }), from)).toEqual([3, 4]);
    expect(versions(await store.commits("shop", { after: from + 1, limit: 2 }), from)).toEqual([2, 3]);
    expect(await store.commits("shop", { after: from + 5, limit: 2 })).toEqual([]);
    expect(await store.commits("nobody", { limit: 2 })).toEqual([]);
  });

  test("inputs come back exactly, signals and hooks and another plan included", async () => {
    const { store, from } = await withRollout();
    const inputs = {
      ...inputsAt(1.5),
      reported: { ...statusOf("shop").plan, salt: "\u0000 \u{1f426}" },
      canary: { ready: false, reason: "no" },
      hooks: { pager: { said: "error" as const, reason: "away" } },
      signals: [{ id: 3, at: 1, signal: { verb: "abort" as const, by: "anna" } }],
    };
    await store.commit(changeOf("shop", from, { inputs }));
    expect((await store.commits("shop", { limit: 1 }))[0].inputs).toEqual(inputs);
  });

  test("a commit that is refused leaves no record", async () => {
    const { store, from } = await withRollout();
    await store.commit(changeOf("shop", from - 1, { status: statusOf("shop", "", 9) }));
    expect(await store.commits("shop", { limit: 10 })).toEqual([]);
    expect(await store.beginning("shop", 9)).toBeNull();
    await expect(store.commit(changeOf("shop", from, { inputs: inputsAt(NaN) }))).rejects.toMatchObject({
      code: "INTERNAL",
    });
    expect(await store.commits("shop", { limit: 10 })).toEqual([]);
  });

  test("a release begins with the status that its first commit was decided from", async () => {
    const { store, from } = await filled();
    expect(await store.beginning("shop", 1)).toEqual({ version: from, status: statusOf("shop") });
    expect(await store.beginning("shop", 2)).toEqual({ version: from + 2, status: statusOf("shop", "after 1", 1) });
    expect(await store.beginning("shop", 3)).toEqual({ version: from + 4, status: statusOf("shop", "after 3", 2) });
    expect(await store.beginning("shop", 4)).toBeNull();
    expect(await store.beginning("nobody", 1)).toBeNull();
  });

  test("documents come back with the versions that they were in force from", async () => {
    const { store, from } = await withRollout();
    await store.commit(changeOf("shop", from));
    await store.put("shop", documentOf("second"), () => statusOf("shop"));
    await store.put("shop", documentOf("second"), () => statusOf("shop"));
    expect(await store.documents("shop")).toEqual([
      { version: from, document: documentOf("first") },
      { version: from + 2, document: documentOf("second") },
    ]);
    expect(await store.documents("nobody")).toEqual([]);
  });

  test("are forgotten with the measurements of their releases, documents only when nothing was decided under them", async () => {
    const { store, from } = await filled();
    for (const note of ["second", "third"]) await store.put("shop", documentOf(note), () => statusOf("shop"));
    const releases = async () => [...new Set((await store.commits("shop", { limit: 99 })).map((c) => c.release))];
    await store.prune(DAY * 3.5, 2);
    expect(await releases()).toEqual([2, 3]);
    expect(await store.beginning("shop", 1)).toBeNull();
    expect(await store.documents("shop")).toHaveLength(3);
    await store.commit(changeOf("shop", from + 7, { inputs: inputsAt(DAY * 8), status: statusOf("shop", "", 4) }));
    await store.prune(DAY * 100, 1);
    expect(await releases()).toEqual([4]);
    expect(await store.beginning("shop", 4)).not.toBeNull();
    expect((await store.documents("shop")).map(({ document }) => document)).toEqual([documentOf("third")]);
  });

  test("go with the rollout", async () => {
    const { store } = await filled();
    await store.remove("shop");
    await store.put("shop", documentOf("again"), () => statusOf("shop"));
    expect(await store.commits("shop", { limit: 10 })).toEqual([]);
    expect(await store.documents("shop")).toHaveLength(1);
    expect(await store.beginning("shop", 2)).toBeNull();
    expect(await (await fresh()).documents("shop")).toEqual([]);
  });
}
