/** The document as text. A form's change is made in the text itself, so that comments and order stay as they were written. */
import { isMap, isSeq, parseDocument } from "yaml";
import type { Path } from "./schema.ts";

/** Null while the text is no YAML. */
export function valueOf(text: string): unknown {
  const document = parseDocument(text);
  return document.errors.length > 0 ? null : document.toJS();
}

export function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  document.setIn(path, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

export function without(text: string, path: Path): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  document.deleteIn(path);
  const parent = document.getIn(path.slice(0, -1));
  // What held only this is not worth keeping, unless somebody needs it to be there.
  if ((isMap(parent) || isSeq(parent)) && parent.items.length === 0 && path.length > 3)
    document.deleteIn(path.slice(0, -1));
  return document.toString({ lineWidth: 0 });
}

export const template = `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata:
  name: shop
spec:
  gateway:
    listen: 127.0.0.1:8080
  stable:
    revision: v1
    backends: [http://127.0.0.1:9001]
    health: { path: /healthz }
  canary:
    revision: v2
    backends: [http://127.0.0.1:9002]
    health: { path: /healthz }
  strategy:
    canary: { weights: [1, 5, 25, 50], stage: 10m }
`;
