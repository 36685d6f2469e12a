/**
 * Where AWS keys come from: Serin's own variables, and the places of instances, containers and pods, each played by a server
 * of the test that speaks as AWS documents it, and found by AWS's own package.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Receiver, type Answer } from "../../../test/contract/receiver.ts";
import { sourceDeps } from "../../../test/metrics/deps.ts";
import { splitSince } from "../../../test/metrics/traffic.ts";
import { createSource, sourceSchema } from "../index.ts";

const dir = mkdtempSync(join(tmpdir(), "serin-aws-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const region = "eu-central-1";
const window = { from: 1_700_000_040_000, to: 1_700_000_100_000 };
const value = { ask: "value", value: "x", arm: "canary", split: splitSince(0) } as const;
const numbers = JSON.stringify({
  MetricDataResults: [{ Timestamps: [window.from / 1000], Values: [3], StatusCode: "Complete" }],
});

/** AWS's package reads the process's own variables: it finds those of the test and nothing of the machine's. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", dir);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});
afterEach(() => void vi.unstubAllEnvs());

/** What a CloudWatch source shows of its keys; `env` are Serin's variables. */
async function shown(env: Readonly<Record<string, string>> = {}) {
  await using cloud = await Receiver.open();
  cloud.answer = (response) => void response.end(numbers);
  const settings = { region, address: cloud.url(""), value: "SELECT 1", timeout: "5s" };
  const source = createSource(sourceSchema.parse({ cloudwatch: settings }), sourceDeps(env));
  expect(await source.measure(value, window, new AbortController().signal)).toMatchObject({ value: 3 });
  const [{ headers }] = cloud.arrived;
  const [, id] = /Credential=([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  return { id, token: headers["x-amz-security-token"] };
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const lent = () =>
  JSON.stringify({ AccessKeyId: "LENT", SecretAccessKey: "lent-secret", Token: "lent-token", Expiration: inAnHour() });

test("variables are enough, without AWS's package", async () => {
  const keys = { AWS_ACCESS_KEY_ID: "FIXED", AWS_SECRET_ACCESS_KEY: "fixed-secret" };
  expect(await shown(keys)).toEqual({ id: "FIXED", token: undefined });
  expect(await shown({ ...keys, AWS_SESSION_TOKEN: "fixed-token" })).toEqual({ id: "FIXED", token: "fixed-token" });
});

describe("roles", () => {
  const played = async (answer: Answer) => {
    const place = await Receiver.open();
    place.answer = answer;
    return place;
  };

  test("of a container", async () => {
    await using place = await played((response) => void response.end(lent()));
    vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", place.url("/v2/credentials"));
    vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-container's-own");
    expect(await shown()).toEqual({ id: "LENT", token: "lent-token" });
    expect(place.arrived[0].headers.authorization).toBe("the-container's-own");
  });

  test("of an instance (IMDSv2)", async () => {
    await using place = await played((response, { path, method }) => {
      if (method === "PUT") return void response.end("session-token");
      response.end(path.endsWith("/security-credentials/") ? "shop-role" : lent());
    });
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", undefined);
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", place.url(""));
    expect(await shown()).toEqual({ id: "LENT", token: "lent-token" });
    expect(place.arrived.at(-1)?.path).toMatch(/\/security-credentials\/shop-role$/);
    expect(place.arrived.at(-1)?.headers["x-aws-ec2-metadata-token"]).toBe("session-token");
  });

  test("of a pod's service account (web identity)", async () => {
    const keys = `<AccessKeyId>LENT</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>lent-token</SessionToken><Expiration>${inAnHour()}</Expiration>`;
    const answer = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${keys}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    await using place = await played(
      (response) => void response.writeHead(200, { "content-type": "text/xml" }).end(answer),
    );
    writeFileSync(join(dir, "token"), "pod-token");
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(dir, "token"));
    vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/shop");
    vi.stubEnv("AWS_REGION", region);
    vi.stubEnv("AWS_ENDPOINT_URL_STS", place.url(""));
    expect(await shown()).toEqual({ id: "LENT", token: "lent-token" });
    const asked = new URLSearchParams(place.arrived[0].body);
    expect([asked.get("WebIdentityToken"), asked.get("RoleArn")]).toEqual([
      "pod-token",
      "arn:aws:iam::123456789012:role/shop",
    ]);
  });

  test("of a profile in AWS's own files, which wins over variables when it is named", async () => {
    writeFileSync(join(dir, "credentials"), "[shop]\naws_access_key_id = FILED\naws_secret_access_key = s\n");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(dir, "credentials"));
    vi.stubEnv("AWS_PROFILE", "shop");
    const variables = { AWS_PROFILE: "shop", AWS_ACCESS_KEY_ID: "FIXED", AWS_SECRET_ACCESS_KEY: "s" };
    expect(await shown(variables)).toEqual({ id: "FILED", token: undefined });
  });

  test("nowhere is an error in words", async () => {
    await expect(shown()).rejects.toMatchObject({
      code: "SOURCE_FAILED",
      message: expect.stringContaining("AWS keys were found nowhere: "),
    });
  });
});

test("where AWS's package is not installed it says what to install", async () => {
  const missing = () => {
    throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  };
  vi.doMock("@aws-sdk/credential-providers", missing);
  await expect(shown()).rejects.toThrow("npm install @aws-sdk/credential-providers beside Serin");
  vi.doUnmock("@aws-sdk/credential-providers");
});
