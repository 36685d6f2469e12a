import { expect, test } from "vitest";
import { openApi, type Api } from "../../test/http/ask.ts";
import { parsePrometheus } from "../../test/http/prometheus.ts";
import { yamlOf } from "../../test/http/world.ts";

const scrape = async ({ get }: Api) => {
  const { text, headers } = await get("/metrics");
  expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const families = parsePrometheus(text);
  return (name: string, ...labels: string[]) => families.get(name)?.samples.get(`{${labels.toSorted().join(",")}}`);
};
const SHOP = `rollout="shop"`;

test("a rollout: phase, release, steps, weights, live share, evidence, verdicts, traffic", async () => {
  await using api = await openApi();
  await api.world.pass("shop", 30);
  const value = await scrape(api);
  const { status } = (await api.world.store.load("shop")) ?? {};
  expect(value("serin_build_info", `version="0.0.0-test"`, `node="${process.versions.node}"`)).toBe(1);
  for (const phase of ["idle", "progressing", "paused", "promoted", "aborted"])
    expect(value("serin_rollout_phase", SHOP, `phase="${phase}"`)).toBe(phase === "progressing" ? 1 : 0);
  expect(value("serin_rollout_phase", `rollout="quiet"`, `phase="idle"`)).toBe(1);
  expect(value("serin_rollout_release", SHOP)).toBe(1);
  expect([value("serin_rollout_step", SHOP), value("serin_rollout_steps", SHOP)]).toEqual([1, 4]);
  expect(value("serin_rollout_canary_weight_ratio", SHOP)).toBe(0.05);
  expect(value("serin_rollout_canary_share", SHOP)).toBe(0.04975);
  expect(value("serin_rollout_exposed_units", SHOP)).toBe(48);
  expect(value("serin_rollout_log_evidence", SHOP)).toBeCloseTo(status?.logHarm ?? NaN, 9);
  const gate = `gate="failures"`;
  const { logSafe } = status?.verdicts["failures"] ?? {};
  expect(value("serin_gate_log_evidence", SHOP, gate, `direction="safe"`)).toBeCloseTo(logSafe ?? NaN, 9);
  expect(value("serin_gate_verdict", SHOP, gate, `verdict="pass"`)).toBe(1);
  expect(value("serin_gate_verdict", SHOP, gate, `verdict="fail"`)).toBe(0);
  expect(value("serin_gate_slices_crossed", SHOP, gate)).toBe(0);
  expect(value("serin_rollout_flipped_units", SHOP)).toBe(0);
  expect(value("serin_gateway_requests_total", SHOP, `arm="canary"`)).toBe(500);
  expect(value("serin_gateway_failures_total", SHOP, `arm="stable"`)).toBe(4);
});

test("what happened since the start is counted, beginning with nothing", async () => {
  await using api = await openApi();
  expect((await scrape(api))("serin_decisions_total", SHOP, `outcome="aborted"`)).toBe(0);
  await api.post("/v1/rollouts/shop/signals", { verb: "abort" });
  await api.world.take("shop");
  const value = await scrape(api);
  expect(value("serin_decisions_total", SHOP, `outcome="aborted"`)).toBe(1);
  expect(value("serin_events_total", SHOP, `type="aborted"`)).toBe(1);
  expect((await scrape(api))("serin_decisions_total", SHOP, `outcome="aborted"`)).toBe(1);
});

test("answers by route and status, never by address; ticks and messages as they are reported", async () => {
  await using api = await openApi();
  for (const name of ["shop", "quiet", "nobody"]) await api.get(`/v1/rollouts/${name}`);
  await api.get("/v1/rollouts/shop/nothing-here");
  api.world.api.metrics.ticked("shop", 0.003);
  api.world.api.metrics.notified("shop", "slack", "failed");
  api.world.api.metrics.notified("shop", "slack", "sent");
  const value = await scrape(api);
  const route = `route="/v1/rollouts/:name"`;
  expect(value("serin_api_requests_total", `method="GET"`, route, `status="200"`)).toBe(2);
  expect(value("serin_api_requests_total", `method="GET"`, route, `status="404"`)).toBe(1);
  expect(value("serin_notifications_total", SHOP, `notifier="slack"`, `fate="failed"`)).toBe(1);
  const { text } = await api.get("/metrics");
  expect(text).toContain(`serin_tick_duration_seconds_count{rollout="shop"} 1`);
  expect(text).not.toContain("nothing-here");
  expect(text).not.toContain("nobody");
});

test("a rollout that was removed leaves no gauge behind; names cannot break out of their labels", async () => {
  await using api = await openApi();
  await api.put("/v1/rollouts/cart", yamlOf("cart", `v"2\\\\`));
  expect((await scrape(api))("serin_rollout_release", `rollout="cart"`)).toBe(0);
  await api.world.store.remove("cart");
  expect((await scrape(api))("serin_rollout_release", `rollout="cart"`)).toBeUndefined();
});

test("open streams are counted, and a gateway that does not answer takes nothing else away", async () => {
  const away = () => {
    throw new Error("away");
  };
  await using api = await openApi({ live: away });
  const stream = await fetch(`${api.url}/v1/events`);
  const value = await scrape(api);
  expect(value("serin_event_streams", "")).toBe(1);
  expect(value("serin_rollout_canary_share", SHOP)).toBeUndefined();
  expect(value("serin_rollout_release", SHOP)).toBe(1);
  await stream.body?.cancel();
});
