/** Said loudly: what a gate promises does not hold, since too many slices of stable look harmful against the rest. */
import type { StripView } from "../../../src/http/wire.ts";
import { Glyph } from "../ui/mark.tsx";

export function LostGround({ strips }: { strips: readonly StripView[] }) {
  return strips
    .filter(({ ground }) => ground !== "valid")
    .map(({ gate, sentence }) => (
      <p key={gate} role="alert" className="flex gap-3 rounded-xl border border-bad bg-bad-wash px-4 py-3">
        <span className="pt-0.5">
          <Glyph shape="warn" tone="bad" size={18} />
        </span>
        <span className="max-w-[90ch]">
          <span className="font-semibold">Contract void.</span> What {gate} promises does not hold in this release:{" "}
          {sentence}.
        </span>
      </p>
    ));
}
