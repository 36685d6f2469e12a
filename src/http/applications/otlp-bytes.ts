/**
 * OTLP in protocol buffers, as most exporters send it: bytes become what `otlp.ts` reads as JSON, and answers become bytes.
 * Only the fields that are read stand here, by their numbers in opentelemetry-proto v1; all others are skipped, as protocol
 * buffers want it.
 */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { z } from "zod";
import { SerinError } from "../../errors.ts";
import type { otlpAnswerSchema } from "./otlp.ts";

/** How a single value is written, and what it becomes. */
const scalars = {
  string: { wire: WireType.LengthDelimited, read: (from: BinaryReader) => from.string() },
  bool: { wire: WireType.Varint, read: (from: BinaryReader) => from.bool() },
  enum: { wire: WireType.Varint, read: (from: BinaryReader) => from.int32() },
  uint32: { wire: WireType.Varint, read: (from: BinaryReader) => from.uint32() },
  // 64 bits are text, as in JSON of protocol buffers
  int64: { wire: WireType.Varint, read: (from: BinaryReader) => String(from.int64()) },
  fixed64: { wire: WireType.Bit64, read: (from: BinaryReader) => String(from.fixed64()) },
  sfixed64: { wire: WireType.Bit64, read: (from: BinaryReader) => String(from.sfixed64()) },
  double: { wire: WireType.Bit64, read: (from: BinaryReader) => from.double() },
} as const;

interface Field {
  readonly name: string;
  readonly is: keyof typeof scalars | Message;
  readonly many?: true;
}
/** Fields by their number. */
interface Message {
  readonly [number: number]: Field;
}

const one = (name: string, is: Field["is"]): Field => ({ name, is });
const many = (name: string, is: Field["is"]): Field => ({ name, is, many: true });

const anyValue: Message = {
  1: one("stringValue", "string"),
  2: one("boolValue", "bool"),
  3: one("intValue", "int64"),
  4: one("doubleValue", "double"),
};
const keyValue: Message = { 1: one("key", "string"), 2: one("value", anyValue) };

const number: Message = {
  7: many("attributes", keyValue),
  3: one("timeUnixNano", "fixed64"),
  4: one("asDouble", "double"),
  6: one("asInt", "sfixed64"),
  8: one("flags", "uint32"),
};
const bucketed: Message = {
  9: many("attributes", keyValue),
  3: one("timeUnixNano", "fixed64"),
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("bucketCounts", "fixed64"),
  7: many("explicitBounds", "double"),
  10: one("flags", "uint32"),
  11: one("min", "double"),
  12: one("max", "double"),
};
const exponential: Message = {
  1: many("attributes", keyValue),
  3: one("timeUnixNano", "fixed64"),
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  10: one("flags", "uint32"),
  12: one("min", "double"),
  13: one("max", "double"),
};
const quantiles: Message = { 7: many("attributes", keyValue), 3: one("timeUnixNano", "fixed64") };

const points = (point: Message): Message => ({
  1: many("dataPoints", point),
  2: one("aggregationTemporality", "enum"),
});
const metric: Message = {
  1: one("name", "string"),
  5: one("gauge", { 1: many("dataPoints", number) }),
  7: one("sum", points(number)),
  9: one("histogram", points(bucketed)),
  10: one("exponentialHistogram", points(exponential)),
  11: one("summary", { 1: many("dataPoints", quantiles) }),
};
const request: Message = {
  1: many("resourceMetrics", {
    1: one("resource", { 1: many("attributes", keyValue) }),
    2: many("scopeMetrics", { 2: many("metrics", metric) }),
  }),
};

type Read = Record<string, unknown>;

/** An ExportMetricsServiceRequest, as its JSON encoding would have it. Throws USAGE. */
export function metricsIn(bytes: Uint8Array): unknown {
  try {
    return messageIn(bytes, request, {});
  } catch (cause) {
    throw new SerinError("USAGE", "the body is no OTLP metrics in protocol buffers", { cause });
  }
}

/** A message that comes in parts is one (protocol buffers, "Last One Wins"): parts add to `so far`. */
function messageIn(bytes: Uint8Array, fields: Message, soFar: Read): Read {
  const from = new BinaryReader(bytes);
  while (from.pos < from.len) {
    const [number, wire] = from.tag();
    const field = fields[number] as Field | undefined;
    if (field === undefined || !readField(from, field, wire, soFar)) from.skip(wire, number);
  }
  return soFar;
}

/** False, and nothing is read, where the field is written in a way that is not its own. */
function readField(from: BinaryReader, { name, is, many: isList }: Field, wire: WireType, into: Read): boolean {
  const list = isList === true ? ((into[name] ??= []) as unknown[]) : null;
  if (typeof is !== "string") {
    if (wire !== WireType.LengthDelimited) return false;
    const read = messageIn(from.bytes(), is, list === null ? ((into[name] as Read | undefined) ?? {}) : {});
    if (list === null) into[name] = read;
    else list.push(read);
    return true;
  }
  const { wire: own, read } = scalars[is];
  if (list !== null && wire === WireType.LengthDelimited) list.push(...packed(from.bytes(), read));
  else if (wire !== own) return false;
  else keep(into, name, list, read(from));
  return true;
}

/** What is no number is left out, as if nothing had been said. */
function keep(into: Read, name: string, list: unknown[] | null, value: unknown): void {
  if (list !== null) list.push(value);
  else if (typeof value !== "number" || Number.isFinite(value)) into[name] = value;
}

function* packed(bytes: Uint8Array, read: (from: BinaryReader) => unknown): Iterable<unknown> {
  for (const from = new BinaryReader(bytes); from.pos < from.len;) yield read(from);
}

/** An ExportMetricsServiceResponse. */
export function answerBytes({ partialSuccess }: z.output<typeof otlpAnswerSchema>): Buffer {
  const to = new BinaryWriter();
  if (partialSuccess === undefined) return Buffer.from(to.finish());
  to.tag(1, WireType.LengthDelimited).fork();
  to.tag(1, WireType.Varint).int64(partialSuccess.rejectedDataPoints);
  to.tag(2, WireType.LengthDelimited).string(partialSuccess.errorMessage);
  return Buffer.from(to.join().finish());
}

/** A google.rpc.Status, as OTLP answers what it refuses. Its code says no more than the answer's status. */
export function refusalBytes(message: string): Buffer {
  return Buffer.from(new BinaryWriter().tag(2, WireType.LengthDelimited).string(message).finish());
}
