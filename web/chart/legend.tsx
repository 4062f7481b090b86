/** @file What the colours of the memory chart stand for: only what is in it. */
import { COLOUR_WORDS, PHASE_COLOURS, type RunMarks } from './run-marks.ts';

export function Legend({ marks: { phases, band } }: { readonly marks: RunMarks }) {
  const shown = new Set(phases.map(({ phase }) => PHASE_COLOURS[phase]));
  return (
    <ul className="legend">
      <li className="key-water">in use</li>
      <li className="key-file">files</li>
      <li className="key-line">limit</li>
      {band && <li className="key-band">predicted</li>}
      {[...shown].map((colour) => (
        <li key={colour} className={`key-${colour}`}>
          {COLOUR_WORDS[colour]}
        </li>
      ))}
    </ul>
  );
}
