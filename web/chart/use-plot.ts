/** @file A uPlot on the page: made for its element, as wide as that is, with what is new drawn, gone with it. */
import { type RefObject, useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useIsDark } from '../look/theme.ts';
import { type Colours, coloursOf } from './colours.ts';

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

export interface Plot {
  readonly element: RefObject<HTMLDivElement | null>;
  readonly plot: RefObject<uPlot | null>;
}

/**
 * @param optionsOf the same from one drawing to the next (useCallback), or the plot is made anew
 * @param onData in place of drawing all of the data
 */
export function usePlot(
  optionsOf: (colours: Colours) => PlotOptions,
  data: uPlot.AlignedData,
  height: number,
  onData: (plot: uPlot, data: uPlot.AlignedData) => void = showAll,
): Plot {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;
  const isDark = useIsDark();
  useEffect(() => {
    const parent = element.current;
    if (!parent) return undefined;
    const options = optionsOf(coloursOf(parent));
    const made = new uPlot(
      { ...options, width: Math.max(parent.clientWidth, 1), height },
      latest.current,
      parent,
    );
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      const width = parent.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height });
    });
    sizes.observe(parent);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [optionsOf, height, isDark]);
  useEffect(() => {
    if (plot.current) onData(plot.current, data);
  }, [data, onData]);
  return useMemo(() => ({ element, plot }), []);
}

function showAll(plot: uPlot, data: uPlot.AlignedData): void {
  plot.setData(data);
}
