/** Keys that work everywhere, and the list of all of them. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Dialog } from "../ui/dialog.tsx";
import { isTyping } from "../ui/typing.ts";

const all: readonly (readonly [keys: string, what: string])[] = [
  ["/", "search the fleet"],
  ["j k", "next and previous row"],
  ["Enter", "open it"],
  ["1 to 4", "the acts of a release, which still ask before they act"],
  ["f", "fleet"],
  ["h", "history"],
  ["?", "these keys"],
];

export function Keys() {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      if (event.key === "?") setOpen(true);
      if (event.key === "f") void navigate({ to: "/" });
      if (event.key === "h") void navigate({ to: "/history" });
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [navigate]);
  return (
    <Dialog title="Keys" open={open} onClose={() => setOpen(false)}>
      <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {all.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded border border-edge bg-sunken px-1.5 py-0.5 font-mono text-[13px]">{keys}</kbd>
            </dt>
            <dd className="text-soft">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
