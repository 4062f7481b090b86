/** @file Numbers as people say them and as a program wants them. */
import { pickWeighted, type Random } from './random.ts';
import type { Slots } from './request.ts';

/** How a value is said beside what it means. */
export interface Spoken {
  readonly text: string;
  readonly value: string;
}

const SMALL =
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
  seventeen eighteen nineteen`.split(/\s+/);
const TENS = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** 0 to 100 in English words. */
export function numberWords(value: number): string {
  if (value === 100) return 'one hundred';
  if (value < 20) return SMALL[value] ?? '';
  const tens = TENS[Math.floor(value / 10)] ?? '';
  return value % 10 === 0 ? tens : `${tens} ${SMALL[value % 10] ?? ''}`;
}

export function spokenNumber(random: Random, value: number): Spoken {
  const text = random.chance(0.2) ? numberWords(value) : String(value);
  return { text, value: String(value) };
}

/** A share of a hundred; `unit` words are part of the text. */
export function spokenPercent(random: Random): Spoken {
  if (random.chance(0.06)) return { text: 'half', value: '50' };
  const value = random.chance(0.6) ? random.between(0, 20) * 5 : random.between(1, 99);
  const number = spokenNumber(random, value);
  const unit = pickWeighted(random, [
    [5, '%'],
    [3, ' percent'],
    [1, ' per cent'],
    [1, ''],
  ]);
  const spaced = unit === '%' && number.text !== number.value ? ' percent' : unit;
  return { text: number.text + spaced, value: number.value };
}

/** A temperature, now and then with a half. */
export function spokenDegrees(random: Random): Spoken {
  const whole = random.chance(0.8) ? random.between(15, 28) : random.between(1, 95);
  const words = random.chance(0.25);
  const number = words ? numberWords(whole) : String(whole);
  if (!random.chance(0.15)) return { text: number, value: String(whole) };
  const tenth = random.chance(0.7) ? 5 : random.between(1, 9);
  const text = words ? `${number} point ${SMALL[tenth] ?? ''}` : `${number}.${tenth}`;
  return { text, value: `${whole}.${tenth}` };
}

/** A time span: text such as "1 hour and 20 minutes", its parts as slots. */
export function spokenSpan(random: Random, singular: boolean): { text: string; slots: Slots } {
  const plural = (count: number, unit: string): string =>
    count === 1 || singular ? unit : `${unit}s`;
  const one = (): Spoken => spokenNumber(random, random.between(1, 12));
  const many = (): Spoken =>
    spokenNumber(random, random.chance(0.5) ? random.between(1, 11) * 5 : random.between(2, 59));
  const part = (spoken: Spoken, unit: string): string => {
    const count = Number(spoken.value);
    if (unit === 'hour' && count === 1 && random.chance(0.15)) return 'an hour';
    if (unit === 'minute' && count === 1 && random.chance(0.15)) return 'a minute';
    return `${spoken.text} ${plural(count, unit)}`;
  };
  const and = random.pick([' and ', ' ', ', ']);
  const hours = one();
  const minutes = many();
  const seconds = many();
  return pickWeighted<() => { text: string; slots: Slots }>(random, [
    [8, () => ({ text: part(minutes, 'minute'), slots: { minutes: minutes.value } })],
    [4, () => ({ text: part(hours, 'hour'), slots: { hours: hours.value } })],
    [2, () => ({ text: part(seconds, 'second'), slots: { seconds: seconds.value } })],
    [
      2,
      () => ({
        text: part(hours, 'hour') + and + part(minutes, 'minute'),
        slots: { hours: hours.value, minutes: minutes.value },
      }),
    ],
    [
      1,
      () => ({
        text: part(minutes, 'minute') + and + part(seconds, 'second'),
        slots: { minutes: minutes.value, seconds: seconds.value },
      }),
    ],
    [
      1,
      () => ({
        text: part(hours, 'hour') + and + part(seconds, 'second'),
        slots: { hours: hours.value, seconds: seconds.value },
      }),
    ],
    [
      0.6,
      () => ({
        text: `${part(hours, 'hour')} ${part(minutes, 'minute')} and ${part(seconds, 'second')}`,
        slots: { hours: hours.value, minutes: minutes.value, seconds: seconds.value },
      }),
    ],
    [0.5, () => ({ text: singular ? 'half hour' : 'half an hour', slots: { minutes: '30' } })],
    [0.3, () => ({ text: singular ? 'half minute' : 'half a minute', slots: { seconds: '30' } })],
    [
      0.5,
      () => ({
        text: `${hours.text} and a half hours`,
        slots: { hours: hours.value, minutes: '30' },
      }),
    ],
    [
      0.4,
      () => ({
        text: `${minutes.text} and a half minutes`,
        slots: { minutes: minutes.value, seconds: '30' },
      }),
    ],
    [0.3, () => ({ text: 'a quarter of an hour', slots: { minutes: '15' } })],
  ])();
}

/** A time of day: "half past six in the evening" is worth "18:30". */
export function spokenClock(random: Random): Spoken {
  const hour = random.between(0, 23);
  const minute = random.pick([0, 0, 0, 15, 30, 30, 45, 5, 10, 20, 40, 50, 55]);
  const value = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const twelve = hour % 12 === 0 ? 12 : hour % 12;
  const half = hour < 12 ? 'am' : 'pm';
  const part = hour < 12 ? 'in the morning' : hour < 18 ? 'in the afternoon' : 'in the evening';
  const digits = minute === 0 ? String(twelve) : `${twelve}:${String(minute).padStart(2, '0')}`;
  const forms = [value, `${digits} ${half}`, `${digits}${half}`, `${digits} ${part}`];
  if (minute === 30) forms.push(`half past ${numberWords(twelve)} ${part}`);
  if (minute === 15) forms.push(`quarter past ${numberWords(twelve)} ${part}`);
  if (minute === 0)
    forms.push(`${numberWords(twelve)} o'clock ${part}`, `${numberWords(twelve)} ${half}`);
  if (minute === 0 && hour === 12) forms.push('noon');
  if (minute === 0 && hour === 0) forms.push('midnight');
  return { text: random.pick(forms), value };
}
