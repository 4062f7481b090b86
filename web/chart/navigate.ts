/** @file A chart's visible range: zoomed and moved by buttons, keys, wheel, mouse and fingers, never beyond what there is. Pure. */

/** Seconds. */
export interface View {
  readonly min: number;
  readonly max: number;
}

export const spanOf = ({ min, max }: View): number => max - min;

/** Closer there is nothing more to see. */
const LEAST_SECONDS = 4;

/** @param about seconds that stay where they are; else the middle */
export function zoomed(view: View, whole: View, factor: number, about?: number): View {
  const part = about === undefined ? 0.5 : (about - view.min) / Math.max(spanOf(view), 1e-9);
  return pinched(view, whole, { factor, from: part, to: part });
}

export interface Pinch {
  /** of the time that is shown: below 1 it becomes less */
  readonly factor: number;
  /** what was at this part of the width, 0 to 1, comes to that one */
  readonly from: number;
  readonly to: number;
}

/** As two fingers have it, that move and part at once. */
export function pinched(view: View, whole: View, { factor, from, to }: Pinch): View {
  const held = view.min + from * spanOf(view);
  const span = Math.max(spanOf(view) * factor, LEAST_SECONDS);
  return kept({ min: held - to * span, max: held + (1 - to) * span }, whole);
}

/** @param part of what is visible; negative: to the left */
export function moved(view: View, whole: View, part: number): View {
  const by = spanOf(view) * part;
  return kept({ min: view.min + by, max: view.max + by }, whole);
}

/** Within the whole, as long as before where that can be. */
export function kept(view: View, whole: View): View {
  const span = Math.min(spanOf(view), spanOf(whole));
  const min = Math.min(Math.max(view.min, whole.min), whole.max - span);
  return { min, max: min + span };
}

export function isWhole(view: View, whole: View): boolean {
  return view.min <= whole.min && view.max >= whole.max;
}
