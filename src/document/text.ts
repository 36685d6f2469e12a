/** Bytes to text. What cannot be a document is refused in one sentence before anything looks inside. */
import { isUtf8 } from "node:buffer";
import { refusal, type Problem } from "./problem.ts";

/** Two hundred times the README's example: more is some other file. */
export const MAX_BYTES = 131_072;

/** The text of a document, without a byte order mark. Throws DOCUMENT_UNREADABLE. */
export function textOf(written: Uint8Array | string, file: string): string {
  const size = typeof written === "string" ? Buffer.byteLength(written) : written.byteLength;
  if (size > MAX_BYTES)
    throw unreadable(file, `it is larger than the ${MAX_BYTES / 1024} KiB that a document may have`);
  const text = typeof written === "string" ? written : decode(written, file);
  if (!text.isWellFormed()) throw unreadable(file, "it is not Unicode text: it holds half a character");
  const plain = text.replace(/^\ufeff/, "");
  refuseControls(plain, file);
  return plain;
}

function decode(bytes: Uint8Array, file: string): string {
  const [first, second] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (utf16) throw unreadable(file, "it is UTF-16: save it as UTF-8");
  if (!isUtf8(bytes)) throw unreadable(file, "it is not UTF-8 text");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** YAML 1.2 (5.1) and JSON know no control characters but tab and line breaks; terminals obey them. */
function refuseControls(text: string, file: string): void {
  const at = text.search(/[^\P{Cc}\t\n\r\u0085]/u);
  if (at < 0) return;
  const lines = text.slice(0, at).split("\n");
  const code = text.charCodeAt(at).toString(16).padStart(4, "0").toUpperCase();
  const place = { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
  throw unreadable(file, `it holds the control character U+${code}, which no text does`, place);
}

function unreadable(file: string, message: string, place: Pick<Problem, "line" | "column"> = { line: 1, column: 1 }) {
  return refusal("DOCUMENT_UNREADABLE", [{ file, ...place, path: "", message }], "");
}
