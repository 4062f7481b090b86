/**
 * @file A chart moved by hand: a mouse drags it, one finger moves it, two come closer; Ctrl and the wheel do, too, which
 * is how a pinch on a touchpad comes. A finger that moves up or down scrolls the page, as chart.css asks the browser to
 * (`touch-action: pan-y`): then the pointer is taken from us by a `pointercancel`.
 */
import { type RefObject, useEffect } from 'react';
import type uPlot from 'uplot';
import { type Pinch, pinched, spanOf, type View, zoomed } from './navigate.ts';
import type { ViewControl } from './use-view.ts';

/** CSS pixels within the plot. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** @param element that the plot is in */
export function useGestures(
  element: RefObject<HTMLElement | null>,
  plot: RefObject<uPlot | null>,
  control: ViewControl,
): void {
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const ended = new AbortController();
    const listen: Listen = (name, listener) =>
      target.addEventListener(name, listener, { signal: ended.signal, passive: false });
    const over = (): HTMLElement | undefined => plot.current?.over;
    followPointers(listen, over, control, ({ x, y }) =>
      plot.current?.setCursor({ left: x, top: y }, true),
    );
    listen('wheel', (event) => {
      const of = over();
      if (!event.ctrlKey || !of) return;
      event.preventDefault();
      const view = control.now();
      const about = view.min + (placeIn(of, event).x / of.clientWidth) * spanOf(view);
      control.show(zoomed(view, control.whole(), event.deltaY > 0 ? 1.25 : 0.8, about));
    });
    return () => ended.abort();
  }, [element, plot, control]);
}

type Listen = <Name extends keyof HTMLElementEventMap>(
  name: Name,
  listener: (event: HTMLElementEventMap[Name]) => void,
) => void;

/** A mouse that chooses a part has its box drawn by uPlot: where all is shown, or with Shift. */
export function choosesPart(event: MouseEvent, control: ViewControl): boolean {
  return !control.isPart() || event.shiftKey;
}

function followPointers(
  listen: Listen,
  over: () => HTMLElement | undefined,
  control: ViewControl,
  look: (at: Point) => void,
): void {
  const held = new Map<number, Point>();
  /** where they were when the last of them came or went, and what was shown then */
  let began: { readonly points: readonly Point[]; readonly view: View } | null = null;
  const begin = (): void => {
    began = held.size === 0 ? null : { points: [...held.values()], view: control.now() };
  };
  listen('pointerdown', (event) => {
    const of = over();
    if (!of || event.target !== of || event.button !== 0 || held.size === 2) return;
    if (event.pointerType === 'mouse' && choosesPart(event, control)) return;
    of.setPointerCapture(event.pointerId);
    held.set(event.pointerId, placeIn(of, event));
    begin();
  });
  listen('pointermove', (event) => {
    const of = over();
    if (!of || !began || !held.has(event.pointerId)) return;
    const at = placeIn(of, event);
    held.set(event.pointerId, at);
    if (began.points.length === 1 && !control.isPart()) look(at);
    else {
      const pinch = between(began.points, [...held.values()], of.clientWidth);
      control.show(pinched(began.view, control.whole(), pinch));
    }
  });
  const letGo = ({ pointerId }: PointerEvent): void => {
    if (held.delete(pointerId)) begin();
  };
  listen('pointerup', letGo);
  listen('pointercancel', letGo);
  // Two fingers are ours, whichever way they move.
  listen('touchstart', (event) => {
    if (event.touches.length > 1) event.preventDefault();
  });
}

/** What was under the fingers stays under them. */
function between(before: readonly Point[], after: readonly Point[], width: number): Pinch {
  const isPinch = before.length > 1;
  return {
    factor: isPinch ? distanceOf(before) / distanceOf(after) : 1,
    from: middleOf(before) / width,
    to: middleOf(after) / width,
  };
}

const middleOf = (points: readonly Point[]): number =>
  points.reduce((sum, { x }) => sum + x, 0) / points.length;

/** Fingers that touch each other are not at one point. CSS pixels. */
const LEAST_DISTANCE = 20;

function distanceOf([a, b]: readonly Point[]): number {
  return Math.max(a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0, LEAST_DISTANCE);
}

function placeIn(element: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}
