/**
 * @file Which part of a chart is shown. While it moves only the plot is drawn, once a frame; React hears of it when it
 * rests, and what is finer is asked for then.
 */
import { useEffect, useMemo, useRef, useState } from 'react';
import { isWhole, type View } from './navigate.ts';

/** What moves the view. The same object for as long as the chart is there. */
export interface ViewControl {
  /** As it is this moment; the whole where no part is chosen. */
  now(): View;
  isPart(): boolean;
  whole(): View;
  /** From the next frame on; null, or as much as there is: all. */
  show(view: View | null): void;
}

export interface ShownView {
  readonly control: ViewControl;
  /** not all of it */
  readonly isPart: boolean;
  /** the part as it last rested; null: all */
  readonly rested: View | null;
}

/** Milliseconds without a change. */
const REST_MS = 160;

/** @param draw what is shown now */
export function useView(whole: View, draw: (view: View) => void): ShownView {
  const latest = useRef({ whole, draw });
  latest.current = { whole, draw };
  const [isPart, setIsPart] = useState(false);
  const [rested, setRested] = useState<View | null>(null);
  const { control, stop } = useMemo(() => {
    let view: View | null = null;
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const now = (): View => view ?? latest.current.whole;
    return {
      control: {
        now,
        isPart: () => view !== null,
        whole: () => latest.current.whole,
        show: (next: View | null) => {
          view = next && isWhole(next, latest.current.whole) ? null : next;
          setIsPart(view !== null);
          cancelAnimationFrame(frame);
          frame = requestAnimationFrame(() => latest.current.draw(now()));
          clearTimeout(timer);
          timer = setTimeout(() => setRested(view), REST_MS);
        },
      },
      stop: () => {
        cancelAnimationFrame(frame);
        clearTimeout(timer);
      },
    };
  }, []);
  useEffect(() => stop, [stop]);
  return { control, isPart, rested };
}
