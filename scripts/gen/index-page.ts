/** docs/reference/README.md: what there is, by the first heading of each page. */
import { page, table } from "./markdown.ts";
import type { Output } from "./output.ts";

const FOLDER = "docs/reference/";

function row({ path, text }: Output): readonly string[] {
  const file = path.startsWith(FOLDER) ? path.slice(FOLDER.length) : `../../${path}`;
  const title =
    /^# (.*)$/m.exec(text)?.[1] ??
    (file.endsWith("schema.json") ? "The document's JSON Schema" : "The API as OpenAPI 3.1");
  return [`[${title}](${file})`, file.split("/").at(-1) ?? ""];
}

export function indexPage(pages: readonly Output[]): Output {
  const text = page(
    "# Reference",
    "Written by the code itself; for pages to read, see [the overview](../README.md).",
    table(["page", "file"], pages.map(row)),
  );
  return { path: `${FOLDER}README.md`, text };
}
