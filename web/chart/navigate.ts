/** @file A chart's visible range: zoomed and moved by buttons, keys, wheel and pointer, never beyond what there is. Pure. */

/** Seconds. */
export interface View {
  readonly min: number;
  readonly max: number;
}

/** Closer there is nothing more to see. */
const LEAST_SECONDS = 4;

export function zoomed(view: View, whole: View, factor: number, about?: number): View {
  const span = Math.max((view.max - view.min) * factor, LEAST_SECONDS);
  const middle = about ?? (view.min + view.max) / 2;
  const part = (middle - view.min) / Math.max(view.max - view.min, 1e-9);
  return kept({ min: middle - part * span, max: middle + (1 - part) * span }, whole);
}

/** @param part of what is visible; negative: to the left */
export function moved(view: View, whole: View, part: number): View {
  const by = (view.max - view.min) * part;
  return kept({ min: view.min + by, max: view.max + by }, whole);
}

/** Within the whole, as long as before where that can be. */
export function kept(view: View, whole: View): View {
  const span = Math.min(view.max - view.min, whole.max - whole.min);
  const min = Math.min(Math.max(view.min, whole.min), whole.max - span);
  return { min, max: min + span };
}

export function isWhole(view: View, whole: View): boolean {
  return view.min <= whole.min && view.max >= whole.max;
}
