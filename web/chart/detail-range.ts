/** @file Which part of a run is asked for as closely as it was sampled: what is looked at, and room to move into. Pure. */
import { spanOf, type View } from './navigate.ts';

/** Of what is looked at, on both sides: asked for, and at least there. */
const ROOM = 1;
const LEAST_ROOM = 1 / 3;
/** So much longer than what is looked at, it has too few samples there. */
const TOO_LONG = 5;

/** @param before what is here, which is kept for as long as it will do */
export function detailAround(view: View, whole: View, before: View | null): View {
  const span = spanOf(view);
  const isEnough =
    before !== null &&
    before.min <= Math.max(view.min - LEAST_ROOM * span, whole.min) &&
    before.max >= Math.min(view.max + LEAST_ROOM * span, whole.max) &&
    spanOf(before) <= TOO_LONG * span;
  return isEnough ? before : { min: view.min - ROOM * span, max: view.max + ROOM * span };
}
