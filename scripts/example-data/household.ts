/**
 * @file The household of the bundled example data: what is true of this one home.
 *
 * Its rooms carry the names of the animals painted on their doors, and its devices are named after
 * the rooms. Nobody can know from a request alone how bright or warm this family likes a room, or
 * which lamp hangs there: that is what a model learns from the history. Every request and every
 * suggestion names one of these animals, and no text that the base model learns from has any of
 * them (its invented words all begin and go on otherwise): so no sentence can stand in both.
 */

export interface Room {
  /** As people say it and as it stands in suggestions: `the Otter room`. */
  readonly name: string;
  /** What kind of light hangs there: `the Otter Lantern`. */
  readonly light: string;
  /** How bright it is to be, per cent. */
  readonly level: number;
  /** How warm it is to be, degrees Celsius. */
  readonly degrees: number;
  /** Which station the speaker plays. */
  readonly station: string;
  /** How fast the fan is to run, of 1 to 3. */
  readonly speed: number;
}

export const ROOMS: readonly Room[] = [
  { name: 'Otter', light: 'Lantern', level: 40, degrees: 21, station: 'Harbour Radio', speed: 2 },
  { name: 'Ibis', light: 'Pendant', level: 70, degrees: 19, station: 'Morning Jazz', speed: 1 },
  { name: 'Puffin', light: 'Strip', level: 30, degrees: 22, station: 'Story Time', speed: 3 },
  { name: 'Badger', light: 'Spots', level: 80, degrees: 18, station: 'Harbour Radio', speed: 3 },
  { name: 'Osprey', light: 'Lantern', level: 60, degrees: 20, station: 'Cello Hour', speed: 1 },
  { name: 'Egret', light: 'Strip', level: 50, degrees: 23, station: 'Morning Jazz', speed: 2 },
  { name: 'Ermine', light: 'Pendant', level: 20, degrees: 18, station: 'Cello Hour', speed: 1 },
  { name: 'Hedgehog', light: 'Spots', level: 90, degrees: 21, station: 'Story Time', speed: 2 },
  { name: 'Lynx', light: 'Lantern', level: 30, degrees: 20, station: 'Harbour Radio', speed: 3 },
  { name: 'Urchin', light: 'Pendant', level: 70, degrees: 22, station: 'Morning Jazz', speed: 2 },
];

/** Who asks; the ids of the family's accounts. */
export const PEOPLE: readonly string[] = ['maren', 'jory', 'tilde'];
