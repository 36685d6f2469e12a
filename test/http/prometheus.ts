/** A strict reader of the Prometheus text format 0.0.4: what a scraper would stumble over, it throws at. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"`;
// Scrapers read NaN in any case.
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf|[nN][aA][nN])|\\+Inf)$`,
);

export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let name = "";
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, about, rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (families.has(about)) throw new Error(`${about} comes twice`);
      families.set(about, { type: "", help: rest, samples: new Map() });
      name = about;
    } else if (kind === "TYPE") {
      const family = families.get(about);
      if (family === undefined || about !== name) throw new Error(`the type of ${about} comes without its help`);
      family.type = rest;
    } else sample(line, name, families.get(name)?.samples);
  }
  for (const [about, family] of families) if (family.type === "histogram") checkBuckets(about, family.samples);
  return families;
}

function sample(line: string, family: string, samples: Map<string, number> | undefined): void {
  const found = SAMPLE.exec(line);
  if (found === null || samples === undefined) throw new Error(`not a sample: ${line}`);
  const [, name, labels = "", value] = found;
  const suffix = name.startsWith(family) ? name.slice(family.length) : "?";
  if (!["", "_bucket", "_sum", "_count"].includes(suffix)) throw new Error(`${name} stands among ${family}`);
  const key = `${suffix}{${labels
    .split(/,(?=[a-zA-Z_]\w*=")/)
    .toSorted()
    .join(",")}}`;
  if (samples.has(key)) throw new Error(`${name}${key} comes twice`);
  samples.set(key, Number(value.replace("Inf", "Infinity")));
}

/** Buckets only grow, and the last one is the count. */
function checkBuckets(name: string, samples: ReadonlyMap<string, number>): void {
  const series = new Map<string, [number, number][]>();
  for (const [key, value] of samples) {
    const le = /le="([^"]+)",?/.exec(key);
    if (le === null) continue;
    const rest = key.replace(le[0], "").replace(",}", "}").replace("_bucket", "_count");
    const bound = Number(le[1].replace("+Inf", "Infinity"));
    series.set(rest, [...(series.get(rest) ?? []), [bound, value]]);
  }
  for (const [key, buckets] of series) {
    const counts = buckets.toSorted((a, b) => a[0] - b[0]).map(([, count]) => count);
    if (counts.some((count, i) => i > 0 && count < counts[i - 1])) throw new Error(`${name}${key} shrinks`);
    if (counts.at(-1) !== samples.get(key)) throw new Error(`${name}${key} has another count than its last bucket`);
  }
}
