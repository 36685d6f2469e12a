/** States as shapes: told apart without colours, and read aloud by their word. */
import type { Mark, Shape, Tone } from "../words/lights.ts";

const tones: Readonly<Record<Tone, string>> = {
  good: "text-good",
  bad: "text-bad",
  wait: "text-wait",
  accent: "text-accent",
  quiet: "text-faint",
};
export const toneText = (tone: Tone): string => tones[tone];

const washes: Readonly<Record<Tone, string>> = {
  good: "bg-good-wash",
  bad: "bg-bad-wash",
  wait: "bg-wait-wash",
  accent: "bg-accent-wash",
  quiet: "bg-sunken",
};
export const toneWash = (tone: Tone): string => washes[tone];

const line = {
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 2,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;
/** What is cut out of a filled shape shows the ground. */
const cut = { ...line, stroke: "var(--surface)" } as const;

const shapes: Readonly<Record<Shape, React.ReactNode>> = {
  ring: <circle cx="8" cy="8" r="5.5" {...line} />,
  dot: <circle cx="8" cy="8" r="6" fill="currentColor" />,
  check: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5 8.2 2.1 2.1L11 6.2" {...cut} />
    </>
  ),
  cross: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...cut} />
    </>
  ),
  warn: (
    <>
      <path d="M8 1.2 15.4 14.4H.6Z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
      <path d="M8 6v3.6m0 2v.2" {...cut} />
    </>
  ),
  pause: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="3.5" fill="currentColor" />
      <path d="M6.2 5.2v5.6m3.6-5.6v5.6" {...cut} />
    </>
  ),
  question: (
    <>
      <path d="M8 .8 15.2 8 8 15.2.8 8Z" fill="currentColor" />
      <path d="M6.4 6.5A1.7 1.7 0 1 1 8 8.4v.6m0 2v.1" {...cut} strokeWidth={1.6} />
    </>
  ),
  dash: <path d="M3.5 8h9" {...line} />,
  back: (
    <>
      <circle cx="8" cy="8" r="6.4" {...line} strokeWidth={1.6} />
      <path d="M10.8 8H5.4m2.2-2.4L5.2 8l2.4 2.4" {...line} strokeWidth={1.6} />
    </>
  ),
};

/** The shape alone; whoever uses it says the word. */
export function Glyph({ shape, tone, size = 16 }: { shape: Shape; tone: Tone; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={`inline-block shrink-0 ${tones[tone]}`}
      aria-hidden="true"
    >
      {shapes[shape]}
    </svg>
  );
}

export function MarkWord({ mark, className = "" }: { mark: Mark; className?: string }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${className}`}>
      <Glyph shape={mark.shape} tone={mark.tone} />
      <span className={`${tones[mark.tone]} font-medium`}>{mark.word}</span>
    </span>
  );
}
