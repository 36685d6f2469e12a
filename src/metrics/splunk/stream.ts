/** A SignalFlow computation's stream of server-sent events, from its first message to END_OF_CHANNEL. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { quoted } from "../asking/asker.ts";
import { messageOf } from "../asking/words.ts";

const dataSchema = z.object({ data: z.array(z.object({ tsId: z.string(), value: z.number().nullable() })) });
const controlSchema = z.object({ event: z.string() });

const failed = (message: string) => new SerinError("SOURCE_FAILED", message);

/** One number for each point in time, oldest first. Throws SOURCE_FAILED for a stream that did not end, or of many series. */
export function numbersIn(stream: string, whom: string): readonly number[] {
  const numbers: number[] = [];
  let ended = false;
  for (const { event, data } of eventsOf(stream)) {
    const said = jsonOf(data, whom);
    if (event === "error") throw failed(`${whom} did not answer: ${messageOf(said) ?? quoted(data)}`);
    if (event === "data") numbers.push(...valuesIn(said, whom));
    const control = controlSchema.safeParse(said);
    if (!control.success || event !== "control-message") continue;
    if (control.data.event === "CHANNEL_ABORT") throw failed(`${whom} broke the computation off`);
    ended ||= control.data.event === "END_OF_CHANNEL";
  }
  if (!ended) throw failed(`${whom} answered with half a stream`);
  return numbers;
}

function valuesIn(said: unknown, whom: string): readonly number[] {
  const found = dataSchema.safeParse(said);
  if (!found.success) throw failed(`${whom} answered with something that is no stream of values`);
  const { data } = found.data;
  if (data.length > 1) throw failed(`${whom} answered with ${data.length} series where one was asked for: sum them`);
  return data.flatMap(({ value }) => (value === null ? [] : [value]));
}

function jsonOf(text: string, whom: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw failed(`${whom} answered with something that is no stream of JSON`);
  }
}

/** Events with data; the lines of one event's data are one text. */
function eventsOf(stream: string): readonly { readonly event: string; readonly data: string }[] {
  const blocks = stream.replaceAll("\r\n", "\n").split("\n\n");
  return blocks.flatMap((block) => {
    const lines = block.split("\n");
    const of = (field: string) =>
      lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trimStart());
    const data = of("data");
    return data.length === 0 ? [] : [{ event: of("event").at(-1) ?? "message", data: data.join("\n") }];
  });
}
