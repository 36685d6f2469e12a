/** Text that is meant to be taken along: a command, a query, a link. */
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <Button kind="quiet" onClick={copy} aria-live="polite">
      {copied ? "Copied" : label}
    </Button>
  );
}

/** A command as it is typed. */
export function Command({ text }: { text: string }) {
  return (
    <div className="flex min-w-0 items-center justify-between gap-2 rounded-lg border border-line bg-sunken py-1 pr-1 pl-3">
      <code className="min-w-0 overflow-x-auto font-mono text-sm whitespace-pre" tabIndex={0}>
        {text}
      </code>
      <CopyButton text={text} />
    </div>
  );
}
