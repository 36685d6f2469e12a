/**
 * The lines of a document that ask for one gate, found by their indentation: `- name: failures` and what is deeper below it.
 * Documents are YAML as people wrote it; for any other shape there is nothing to show here, and the whole is under Document.
 */
export function gateText(document: unknown, gate: string): string | null {
  if (typeof document !== "string") return null;
  const lines = document.split("\n");
  const first = lines.findIndex((line) => /^\s*- +name: *(["']?)([-\w]+)\1 *(#.*)?$/.exec(line)?.[2] === gate);
  if (first < 0) return null;
  const indent = lines[first].search(/\S/);
  const rest = lines.slice(first + 1).findIndex((line) => line.trim() !== "" && line.search(/\S/) <= indent);
  const own = lines.slice(first, rest < 0 ? lines.length : first + 1 + rest);
  return own
    .map((line) => line.slice(indent))
    .join("\n")
    .trimEnd();
}
