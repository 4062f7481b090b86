/** @file The memory chart moved by buttons and keys. */
import type { KeyboardEvent } from 'react';
import { moved, type View, zoomed } from './navigate.ts';
import type { ViewControl } from './use-view.ts';

interface Props {
  readonly control: ViewControl;
  readonly isPart: boolean;
}

export function ChartWays({ control, isPart }: Props) {
  return (
    <div className="row chart-ways" role="group" aria-label="The part of the chart that is shown">
      {WAYS.map(({ sign, name, to, always }) => (
        <button
          key={name}
          type="button"
          className="small"
          disabled={!always && !isPart}
          onClick={() => control.show(to(control.now(), control.whole()))}
          aria-label={name}
        >
          {sign}
        </button>
      ))}
      <button type="button" className="small" disabled={!isPart} onClick={() => control.show(null)}>
        All
      </button>
    </div>
  );
}

/** Of the chart that has the keyboard. */
export function onChartKey(event: KeyboardEvent, control: ViewControl): void {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  control.show(act(control.now(), control.whole()));
}

interface Way {
  readonly sign: string;
  readonly name: string;
  readonly to: (view: View, whole: View) => View;
  /** also from the whole */
  readonly always?: boolean;
}

const WAYS: readonly Way[] = [
  { sign: '+', name: 'Closer', to: (view, whole) => zoomed(view, whole, 0.5), always: true },
  { sign: '−', name: 'Wider', to: (view, whole) => zoomed(view, whole, 2) },
  { sign: '‹', name: 'Earlier', to: (view, whole) => moved(view, whole, -0.5) },
  { sign: '›', name: 'Later', to: (view, whole) => moved(view, whole, 0.5) },
];

const KEYS: Readonly<Record<string, (view: View, whole: View) => View>> = {
  ArrowLeft: (view, whole) => moved(view, whole, -0.2),
  ArrowRight: (view, whole) => moved(view, whole, 0.2),
  '+': (view, whole) => zoomed(view, whole, 0.5),
  '-': (view, whole) => zoomed(view, whole, 2),
  Home: (_view, whole) => whole,
};
