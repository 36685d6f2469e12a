/** GitHub's deployments and statuses over HTTP, as its documentation has them. */
import type { Answer, Arrived } from "./receiver.ts";
import { json } from "./grafana.ts";

interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly environment: string;
  readonly task: string;
  readonly payload: unknown;
}

export class Repository {
  readonly deployments: Deployment[] = [];
  /** "7 in_progress: ...", and "sha pending: ..." for commits. */
  readonly said: string[] = [];
  /** Branches, tags and commits that are there. */
  readonly refs = new Map([["v2", "6dcb09b5b57875f334f61aebed695e2e4193db5e"]]);

  readonly answer: Answer = (response, arrived) => {
    const [code, body] = this.take(arrived);
    json(response, code, body);
  };

  /** Does what is asked, and says what is to be answered. */
  take(arrived: Arrived): [code: number, body: unknown] {
    const { pathname, searchParams } = new URL(arrived.path, "http://github.invalid");
    if (arrived.headers.authorization !== "Bearer ghp_secret") return [401, { message: "Bad credentials" }];
    const rest = /^\/repos\/acme\/shop(\/.*)$/.exec(pathname)?.[1];
    return rest === undefined ? [404, { message: "Not Found" }] : this.#answered(rest, searchParams, arrived);
  }

  #answered(path: string, query: URLSearchParams, { method, body }: Arrived): [number, unknown] {
    if (method === "GET") return [200, this.#list(query)];
    const asked = JSON.parse(body) as Record<string, string>;
    const status = /^\/deployments\/(\d+)\/statuses$/.exec(path)?.[1] ?? /^\/statuses\/([0-9a-f]{40})$/.exec(path)?.[1];
    return status === undefined ? this.#deploy(asked) : this.#say(status, asked);
  }

  #list(query: URLSearchParams): readonly Deployment[] {
    return this.deployments
      .filter((one) => one.environment === query.get("environment") && one.task === query.get("task"))
      .toReversed()
      .slice(0, Number(query.get("per_page")));
  }

  #deploy(asked: Record<string, unknown>): [number, unknown] {
    const sha = this.refs.get(String(asked["ref"]));
    if (sha === undefined) return [422, { message: `No ref found for: ${String(asked["ref"])}` }];
    if (asked["auto_merge"] !== false || JSON.stringify(asked["required_contexts"]) !== "[]")
      return [409, { message: "Conflict: Commit status checks failed" }];
    const { ref, environment, task, payload } = asked as unknown as Deployment;
    const made = { id: 100 + this.deployments.length, sha, ref, environment, task, payload };
    this.deployments.push(made);
    return [201, made];
  }

  #say(what: string, { state, description, context = "" }: Record<string, string>): [number, unknown] {
    if (description.length > 140) return [422, { message: "Validation Failed", errors: [{ message: "too long" }] }];
    this.said.push([what.slice(0, 7), context, `${state}:`, description].filter((word) => word !== "").join(" "));
    return [201, { id: 1, state }];
  }
}
