/** A dialog that asks one thing. The browser's own: focus goes in, stays in and comes back; Escape leaves. */
import { useEffect, useRef, type ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, open, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) ref.current?.showModal();
    else ref.current?.close();
  }, [open]);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onClose={onClose}
      // A press beside the box is one on the dialog itself.
      onMouseDown={({ target }) => (target === ref.current ? onClose() : undefined)}
      className="mx-auto mt-auto mb-3 w-[min(32rem,calc(100vw-1.5rem))] max-w-none rounded-2xl border border-line bg-surface p-0 text-ink shadow-2xl backdrop:bg-black/45 sm:mt-[14vh]"
    >
      <div className="max-h-[85dvh] overflow-y-auto p-5">
        <h2 className="text-lg font-semibold">{title}</h2>
        {open ? children : null}
      </div>
    </dialog>
  );
}
