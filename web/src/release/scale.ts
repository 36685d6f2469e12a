/** Where a moment and a share are drawn on the ramp. */

export const [HEIGHT, TOP, LEFT, RIGHT] = [176, 8, 44, 10];
export const levels = [0, 100, 500, 1000, 2500, 5000, 10_000];

export interface Scale {
  readonly x: (at: number) => number;
  readonly y: (weight: number) => number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

export function scaleOf(width: number, from: number, to: number): Scale {
  const inner = Math.max(1, width - LEFT - RIGHT);
  return {
    x: (at) => LEFT + ((at - from) / Math.max(1, to - from)) * inner,
    y: (weight) => TOP + (HEIGHT - TOP) * (1 - Math.sqrt(Math.max(0, weight) / 10_000)),
    width,
    from,
    to,
  };
}
