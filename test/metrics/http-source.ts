/** What every source over HTTP must do when its server does not do what it should. Each calls `httpSourceContract`. */
import { afterEach, describe, expect, test } from "vitest";
import type { Window } from "../../src/analysis/measurement.ts";
import type { Query } from "../../src/analysis/metric.ts";
import type { MetricSource } from "../../src/engine/ports.ts";
import { createSource, sourceSchema } from "../../src/metrics/index.ts";
import { Receiver, status, type Answer, type Arrived } from "../contract/receiver.ts";
import { sourceDeps } from "./deps.ts";

export interface HttpSourceUnderTest {
  /** The gate's source as people write it, for a server at this address. */
  settings(address: string): Readonly<Record<string, unknown>>;
  readonly query: Query;
  readonly window: Window;
  readonly env: Readonly<Record<string, string>>;
  /** What the server answers to a question when all is well. */
  good(arrived: Arrived): string;
  readonly contentType?: string;
  /** Where an empty body is how the service says that it has nothing. */
  readonly emptyIsNothing?: true;
  /** An error as the service words it, and what a person is to read of it. */
  readonly error: { readonly status: number; readonly body: string; readonly words: string };
}

const never = new AbortController().signal;

export function httpSourceContract(name: string, subject: HttpSourceUnderTest): void {
  describe(`${name}, when its server does not do as it should`, () => {
    let receiver: Receiver | null = null;
    afterEach(async () => receiver?.[Symbol.asyncDispose]());

    const opened = async (answer: Answer): Promise<{ source: MetricSource; receiver: Receiver }> => {
      receiver = await Receiver.open();
      receiver.answer = answer;
      const source = createSource(sourceSchema.parse(subject.settings(receiver.url(""))), sourceDeps(subject.env));
      return { source, receiver };
    };
    const good: Answer = (response, arrived) =>
      void response
        .writeHead(200, { "content-type": subject.contentType ?? "application/json" })
        .end(subject.good(arrived));
    const measure = (source: MetricSource) => source.measure(subject.query, subject.window, never);
    const failing = async (answer: Answer): Promise<string> => {
      const { source } = await opened(answer);
      const thrown: unknown = await measure(source).then(
        (measured) => measured,
        (error: unknown) => error,
      );
      expect(thrown).toMatchObject({ name: "SerinError", code: "SOURCE_FAILED" });
      const { message } = thrown as Error;
      for (const secret of Object.values(subject.env)) expect(message).not.toContain(secret);
      return message;
    };

    test("a good answer is a measurement", async () => {
      const { source } = await opened(good);
      expect((await measure(source)).kind).toBe(subject.query.ask === "value" ? "value" : subject.query.ask);
    });

    test("its error is told in its own words", async () => {
      const { status: code, body, words } = subject.error;
      expect(await failing(status(code, body))).toContain(words);
    });

    test("an error that repeats secrets is told without them", async () => {
      await failing(
        (response, { headers, path, body }) =>
          void response
            .writeHead(403)
            .end(`${JSON.stringify(headers)} ${path} ${body} ${Object.values(subject.env).join(" ")}`),
      );
    });

    test("what may pass is asked again", async () => {
      let failures = 0;
      const { source } = await opened((response, arrived) =>
        failures++ === 0 ? status(503)(response, arrived) : good(response, arrived),
      );
      expect((await measure(source)).kind).not.toBe("error");
      expect(failures).toBeGreaterThan(1);
    });

    test("who says not to be asked so often is not asked", async () => {
      const { source, receiver } = await opened(status(429, "slow down", { "retry-after": "30" }));
      await expect(measure(source)).rejects.toThrow("429");
      const asked = receiver.arrived.length;
      await expect(measure(source)).rejects.toThrow(/asked not to be asked for another (30|29)s/);
      expect(receiver.arrived).toHaveLength(asked);
    });

    test("who fails again and again is left alone for a while", async () => {
      const { source, receiver } = await opened(status(400, "no"));
      for (let i = 0; i < 8; i++) await measure(source).catch(() => {});
      const asked = receiver.arrived.length;
      expect(asked).toBeLessThan(8 * 4);
      await expect(measure(source)).rejects.toThrow("is left alone for a while; the last time");
      expect(receiver.arrived).toHaveLength(asked);
    });

    test("a redirect is not followed, nor is a secret carried there", async () => {
      await using other = await Receiver.open();
      expect(await failing(status(302, "", { location: other.url() }))).toContain("a redirect, which is not followed");
      expect(other.arrived).toEqual([]);
    });

    test.each([
      ["a web page", "<html>Sign in</html>", "a web page"],
      ["nothing", "", "nothing"],
      ["half an answer", "half", "no JSON"],
      ["another answer than asked for", `{"unexpected":true}`, ""],
      ["null", "null", ""],
    ])("%s is no measurement", async (_what, body, words) => {
      if (body === "" && subject.emptyIsNothing) return;
      if (subject.contentType === undefined || words === "") expect(await failing(status(200, body))).toContain(words);
      else await failing(status(200, body));
    });

    test("an answer that breaks off is none", async () => {
      const message = await failing((response, arrived) => {
        const text = subject.good(arrived);
        response.writeHead(200, { "content-length": String(Buffer.byteLength(text) + 10) });
        response.write(text.slice(0, -2));
        setTimeout(() => response.destroy(), 20);
      });
      expect(message).toContain("broke the connection off");
    });

    test("an answer without end is none", async () => {
      await failing((response) => {
        const more = () => {
          while (!response.destroyed && response.write(" ".repeat(1_000_000)));
        };
        response.writeHead(200).on("drain", more);
        more();
      });
    });

    test("what may pass is asked again a while later, and not at once", async () => {
      const at: number[] = [];
      const { source } = await opened((response, arrived) => {
        at.push(performance.now());
        if (at.length === 1) status(503)(response, arrived);
        else good(response, arrived);
      });
      await measure(source);
      const asked = receiver?.arrived.map(({ path, body }) => `${path} ${body}`) ?? [];
      const again = asked.indexOf(asked[0], 1);
      // the first pause is of at least some dozen milliseconds, whatever chance adds
      expect(at[again] - at[0]).toBeGreaterThan(10);
    });

    test("nobody waits longer than its timeout", async () => {
      const { source } = await opened(() => {});
      await expect(measure(source)).rejects.toThrow(/did not answer within/);
    });
  });
}
