/**
 * Shoppers: real HTTP requests over keep-alive connections at a steady rate. Each visitor keeps the cookies that he
 * was given; one request in five comes from somebody new.
 *   const load = startLoad("http://127.0.0.1:8080", 400); ...; await load.stop()
 */
import { Agent, request } from "node:http";
import { seeded } from "./chance.ts";

export interface Seen {
  sent: number;
  /** Answers by the revision that gave them. */
  readonly answers: Map<string, number>;
  /** Answers with status 500 and above, by revision. */
  readonly failures: Map<string, number>;
  /** Requests that got no whole answer at all: what a gateway must never cause. */
  broken: number;
  /** Visitors that met two revisions in one release, against what stickiness promises. */
  readonly visitors: Set<number>;
}

export interface Load {
  readonly seen: Seen;
  stop(): Promise<void>;
}

interface Visitor {
  readonly number: number;
  cookie: string;
}

export function startLoad(url: string, perSecond: number, seed = 1): Load {
  const random = seeded(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const seen: Seen = { sent: 0, answers: new Map(), failures: new Map(), broken: 0, visitors: new Set() };
  const pool: Visitor[] = [];
  const pending = new Set<Promise<void>>();
  const someone = (): Visitor => {
    if (pool.length > 0 && random() >= 0.2) return pool[Math.floor(random() * pool.length)];
    const visitor = { number: seen.visitors.size, cookie: "" };
    seen.visitors.add(visitor.number);
    pool.push(visitor);
    if (pool.length > 2000) pool.shift();
    return visitor;
  };
  const started = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    while (seen.sent < due) {
      seen.sent += 1;
      const one = visit(url, agent, someone(), seen).finally(() => pending.delete(one));
      pending.add(one);
    }
  }, 10);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

function visit(url: string, agent: Agent, visitor: Visitor, seen: Seen): Promise<void> {
  return new Promise((resolve) => {
    const headers = visitor.cookie === "" ? {} : { cookie: visitor.cookie };
    const sent = request(`${url}/basket`, { agent, headers }, (response) => {
      const given = response.headers["set-cookie"]?.[0]?.split(";")[0];
      if (given !== undefined) visitor.cookie = given;
      const revision = String(response.headers["x-revision"] ?? "gateway");
      response.resume();
      response.on("end", () => {
        const book = (response.statusCode ?? 0) >= 500 ? seen.failures : seen.answers;
        book.set(revision, (book.get(revision) ?? 0) + 1);
        resolve();
      });
      response.on("error", () => lost(seen, resolve));
    });
    sent.on("error", () => lost(seen, resolve));
    sent.end();
  });
}

function lost(seen: Seen, resolve: () => void): void {
  seen.broken += 1;
  resolve();
}
