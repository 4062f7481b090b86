/** @file Colours of look/colours.css as a canvas takes them: light-dark() is settled by the browser first. */

const NAMES = [
  'ink',
  'ink-soft',
  'edge',
  'sunken',
  'surface',
  'water',
  'water-deep',
  'water-edge',
  'file',
  'file-edge',
  'line',
  'band',
  'bad',
  'accent',
  'good',
  'phase-prepare',
  'phase-open',
  'phase-train',
  'phase-evaluate',
  'phase-checkpoint',
] as const;

export type ColourName = (typeof NAMES)[number];
export type Colours = Readonly<Record<ColourName, string>>;

/** As they are now: to be asked for anew when light turns to dark. */
export function coloursOf(element: Element): Colours {
  const probe = document.createElement('i');
  probe.hidden = true;
  element.append(probe);
  const entries = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry a name
  return Object.fromEntries(entries) as Colours;
}

/** @param opacity 0 to 1 */
export function faded(colour: string, opacity: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(opacity * 100)}%, transparent)`;
}
