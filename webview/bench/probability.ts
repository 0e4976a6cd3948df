/** How likely a token was, in five classes; 0 is the most likely. */
export type Shade = 0 | 1 | 2 | 3 | 4;

/** The least probability of each class but the last. */
const BOUNDS = [0.9, 0.5, 0.2, 0.05];

export function shadeOf(logprob: number): Shade {
  const probability = Math.exp(logprob);
  const shade = BOUNDS.findIndex((bound) => probability >= bound);
  return (shade < 0 ? BOUNDS.length : shade) as Shade;
}

/** What each class means, the most likely first. */
export const SHADE_LABELS = ['≥ 90%', '50–90%', '20–50%', '5–20%', '< 5%'] as const;
