/** @file Brightness and colour of lights. */
import { LIGHT } from '../kinds.ts';
import { spokenNumber, spokenPercent } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, titleCase, type Request, type Slots } from '../request.ts';
import { anyTarget, deviceTarget, spokenRoom } from '../target.ts';
import { COLORS, LEVEL_NOUNS, WARMTHS } from '../words.ts';

/** A lamp, a room ("set the den to 40%") or a storey. */
function litThing(random: Random): { it: string; bare: string; slots: Slots } {
  return pickWeighted<() => { it: string; bare: string; slots: Slots }>(random, [
    [
      4,
      () => {
        const lamp = deviceTarget(random, LIGHT);
        return { it: lamp.text, bare: lamp.bare, slots: lamp.slots };
      },
    ],
    [
      3,
      () => {
        const lights = anyTarget(random, LIGHT);
        return { it: lights.text, bare: lights.bare, slots: lights.slots };
      },
    ],
    [
      3.5,
      () => {
        const room = spokenRoom(random);
        return {
          it: `${random.pick(['the ', '', 'my '])}${room.name}`,
          bare: room.name,
          slots: { room: room.value },
        };
      },
    ],
    [
      0.8,
      () => {
        const level = random.pick(LEVEL_NOUNS);
        return { it: `the ${level}`, bare: level, slots: { level: titleCase(level) } };
      },
    ],
  ])();
}

export function lightRequest(random: Random): Request {
  const { it, bare, slots } = litThing(random);
  return pickWeighted<() => Request>(random, [
    [
      5,
      () => {
        const share = spokenPercent(random);
        return say(
          random,
          'light-level',
          { ...slots, percent: share.value },
          [
            '(set|dim|change|adjust|bring|put) {it} to {share}',
            '{bare} {share}',
            '{bare} at {share}',
            '{it} brightness {share}',
            '(set|change|adjust|put) the brightness (of|for|in) {it} (to|at) {share}',
            '(set|change) {it} brightness to {share}',
            'make {it} {share} bright',
            '(i want|give me) {share} (light|brightness) (in|on|for) {it}',
            'brightness {bare} {share}',
            '(lower|raise|increase|reduce|turn down|turn up) {it} to {share} [brightness]',
            '{share} (for|on) {it}',
            'turn {it} to {share}',
          ],
          { it, bare, share: share.text },
        );
      },
    ],
    [
      2.5,
      () => {
        const most = random.chance(0.55);
        const word = random.pick(
          most
            ? [
                'maximum',
                'max',
                'full',
                'the highest',
                'the brightest',
                'as bright as possible',
                'full brightness',
                'highest',
              ]
            : [
                'minimum',
                'min',
                'the lowest',
                'the dimmest',
                'as dim as possible',
                'lowest',
                'the faintest',
              ],
        );
        return say(
          random,
          'light-level',
          { ...slots, percent: most ? '100' : '1' },
          [
            '(set|change|turn|put|bring) {it} to {word} [brightness]',
            '(set|change) the brightness (of|in) {it} to {word}',
            '{bare} {word} brightness',
            '{it} to {word}',
            'make {it} {word}',
            '{bare} brightness {word}',
            'i want {it} at {word}',
          ],
          { it, bare, word },
        );
      },
    ],
    [
      4.5,
      () => {
        const color = random.pick(COLORS);
        return say(
          random,
          'light-color',
          { ...slots, color },
          [
            '(set|change|turn|make|switch|paint|color) {it} {color}',
            '{bare} {color}',
            '(set|change|turn|switch) {it} to {color}',
            '(set|change) the (color|colour) (of|in|for) {it} to {color}',
            '{it} color {color}',
            '{color} light (in|for|on) {it}',
            'i want {it} (to be|in) {color}',
            'make {it} glow {color}',
            '{color} (in|for) {it} please',
          ],
          { it, bare, color },
        );
      },
    ],
    [
      1.5,
      () => {
        const warmth = random.pick(WARMTHS);
        return say(
          random,
          'light-warmth',
          { ...slots, warmth },
          [
            '(set|change|turn|switch) {it} to {warmth}',
            '{bare} {warmth}',
            'make {it} {warmth}',
            '{warmth} (in|for) {it}',
          ],
          { it, bare, warmth },
        );
      },
    ],
    [
      1.5,
      () => {
        const up = random.chance(0.5);
        const step = spokenNumber(random, random.between(1, 10) * 5);
        const withStep = random.chance(0.4);
        return say(
          random,
          up ? 'light-up' : 'light-down',
          withStep ? { ...slots, percent: step.value } : slots,
          up
            ? [
                '(brighten|raise|turn up) {it}{by}',
                '{it} brighter{by}',
                'make {it} brighter{by}',
                'more light in {it}{by}',
                'more brightness for {it}{by}',
              ]
            : [
                '(dim|lower|turn down) {it}{by}',
                '{it} dimmer{by}',
                'make {it} dimmer{by}',
                'less light in {it}{by}',
                'less brightness for {it}{by}',
              ],
          { it, bare, by: withStep ? ` by ${step.text} percent` : '' },
        );
      },
    ],
  ])();
}
