/** @file Proper names nobody has heard, so that copying has to be learnt letter by letter. */
import { pickWeighted, type Random } from './random.ts';
import { titleCase } from './request.ts';

const ONSETS =
  'b c d f g h j k l m n p r s t v w z b d k l m n r s t br ch cl dr fr gr pl sh sk sn st th tr'.split(
    ' ',
  );
const VOWELS = 'a e i o u a e i o u a e i o u ai ea ee oo y'.split(' ');
const CODAS = [
  '',
  '',
  '',
  '',
  '',
  '',
  '',
  'n',
  'r',
  'l',
  's',
  't',
  'm',
  'k',
  'nd',
  'rt',
  'x',
  'ng',
  'sh',
  'ck',
  'st',
  'th',
  'lf',
  'mp',
];

/** A made-up word of one to three syllables, in lower case. */
export function inventedWord(random: Random): string {
  let word = '';
  const syllables = pickWeighted(random, [
    [1.5, 1],
    [4, 2],
    [1, 3],
  ]);
  for (let at = 0; at < syllables; at += 1)
    word += random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS);
  return word;
}

const ADJECTIVES =
  `silent golden broken hidden burning wild gentle lonely electric frozen crimson midnight endless
  little velvet hollow distant paper wooden iron secret sleeping dancing falling rising savage tender bitter sweet last
  first second lost blue white dark bright old new strange happy quiet crooked fearless modern ancient northern southern
  eternal invisible forgotten restless`.split(/\s+/);
const NOUNS =
  `harbour river city mirror garden storm shadow kingdom summer winter letter dream engine lighthouse ocean
  mountain road bridge tower wolf raven tiger sparrow machine planet island castle train window horizon fire rain snow
  thunder heart crown ship sailor detective widow doctor empire republic orchestra circus hotel station forest desert
  memory promise lullaby anthem echo signal compass clock lantern feather stone flame tide morning evening sunday
  stranger neighbour dancer hunter pilot poet fool queen king orchard meadow`.split(/\s+/);

/** A title as of a song, a film or a book. */
export function inventedTitle(random: Random): string {
  const a = random.pick(ADJECTIVES);
  const n = random.pick(NOUNS);
  const m = random.pick(NOUNS);
  const w = inventedWord(random);
  const forms = [
    `the ${a} ${n}`,
    `${a} ${n}`,
    `${n} of ${m}s`,
    `the ${n} and the ${m}`,
    w,
    `${w} ${n}`,
    `the ${w} ${n}`,
    `${a} ${w}`,
    `${n}s`,
    `a ${n} for ${w}`,
    `return to ${w}`,
    `my ${a} ${n}`,
    `no more ${n}s`,
    `we are ${a}`,
    `${n} in the ${m}`,
    `letters from ${w}`,
    `${n} ${random.between(2, 99)}`,
    `love and ${n}s`,
    `under the ${n}`,
    `who stole the ${n}`,
    `${w} and ${inventedWord(random)}`,
    `goodbye ${w}`,
    `${a} ${a === n ? m : n}s`,
    `${n} ${m}`,
    `only the ${a}`,
    `the ${n}`,
    `dear ${w}`,
    `${m} at the ${n}`,
  ];
  return titleCase(random.pick(forms));
}

/** A band, a singer or an author. */
export function inventedArtist(random: Random, people: readonly string[]): string {
  const w = inventedWord(random);
  const forms = [
    `the ${random.pick(NOUNS)}s`,
    `the ${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}s`,
    `${random.pick(people)} ${w}`,
    w,
    `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`,
    `dj ${w}`,
    `${w} ${inventedWord(random)}`,
    `the ${w} trio`,
    `${w} and the ${random.pick(NOUNS)}s`,
  ];
  return titleCase(random.pick(forms));
}
