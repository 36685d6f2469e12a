/** The gate as the document has it, to read and to take along. */
import { CopyButton } from "../ui/copy.tsx";
import { gateText } from "./gate-text.ts";

export function Query({ gate, document }: { gate: string; document: unknown }) {
  const text = gateText(document, gate);
  if (text === null) return null;
  return (
    <details className="group rounded-lg border border-line">
      <summary className="flex min-h-9 cursor-pointer items-center px-3 text-[13px] text-soft">
        As the document asks it
      </summary>
      <div className="border-t border-line p-2">
        <pre className="overflow-x-auto p-1 font-mono text-[12.5px]" tabIndex={0}>
          {text}
        </pre>
        <CopyButton text={text} />
      </div>
    </details>
  );
}
