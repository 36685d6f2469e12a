/** A dialog that asks one thing. Focus goes in, stays in and comes back; Escape leaves. */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, open, onClose, children }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(now) => (now ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Base.Popup className="fixed inset-x-3 bottom-3 z-50 mx-auto max-h-[90dvh] max-w-lg overflow-y-auto rounded-2xl border border-line bg-surface p-5 shadow-2xl outline-none sm:top-[16vh] sm:bottom-auto">
          <Base.Title className="text-lg font-semibold">{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
