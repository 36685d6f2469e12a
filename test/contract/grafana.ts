/** Grafana's annotations over HTTP, as its documentation has them: found by all of the tags, made, changed. */
import type { ServerResponse } from "node:http";
import type { Answer, Arrived } from "./receiver.ts";

interface Annotation {
  readonly id: number;
  readonly time: number;
  readonly timeEnd?: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly dashboardUID?: string;
  readonly panelId?: number;
}

export class Annotations {
  readonly all: Annotation[] = [];

  readonly answer: Answer = (response, arrived) => {
    if (arrived.headers.authorization !== "Bearer glsa_secret") return json(response, 401, { message: "Unauthorized" });
    const { pathname, searchParams } = new URL(arrived.path, "http://grafana.invalid");
    if (arrived.method === "GET") return json(response, 200, this.#found(searchParams));
    if (arrived.method === "PATCH") return this.#change(Number(pathname.split("/").at(-1)), arrived, response);
    const made = { id: this.all.length + 1, ...(JSON.parse(arrived.body) as Omit<Annotation, "id">) };
    this.all.push(made);
    return json(response, 200, { message: "Annotation added", id: made.id });
  };

  #found(query: URLSearchParams): readonly Annotation[] {
    const [from, to] = ["from", "to"].map((key) => Number(query.get(key) ?? NaN));
    return this.all
      .filter(({ tags }) => query.getAll("tags").every((tag) => tags.includes(tag)))
      .filter(({ time, timeEnd = time }) => Number.isNaN(from) || (timeEnd >= from && time <= to))
      .toReversed();
  }

  #change(id: number, { body }: Arrived, response: ServerResponse): void {
    const at = this.all.findIndex((one) => one.id === id);
    if (at < 0) return json(response, 404, { message: "Annotation not found" });
    this.all[at] = { ...this.all[at], ...(JSON.parse(body) as Partial<Annotation>) };
    json(response, 200, { message: "Annotation patched" });
  }
}

export function json(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}
