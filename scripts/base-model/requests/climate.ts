/** @file Heating, cooling, fan speed, humidity. */
import { FAN } from '../kinds.ts';
import { inventedWord } from '../names.ts';
import { spokenDegrees, spokenNumber, spokenPercent } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, titleCase, type Request, type Slots } from '../request.ts';
import { anyTarget, spokenRoom } from '../target.ts';
import { ROOMS } from '../words.ts';

const DEVICES = [
  'thermostat',
  'heat pump',
  'radiator',
  'ac',
  'air conditioner',
  'floor heating',
  'boiler',
  'heater',
  'towel warmer',
  'pool heater',
  'hot tub',
];
const MODES = [
  'heat',
  'cool',
  'auto',
  'dry',
  'eco',
  'fan only',
  'boost',
  'away',
  'sleep',
  'frost guard',
  'comfort',
];

function climatePlace(random: Random): { of: string; bare: string; slots: Slots } {
  return pickWeighted<() => { of: string; bare: string; slots: Slots }>(random, [
    [
      4,
      () => {
        const room = spokenRoom(random);
        return { of: `the ${room.name}`, bare: room.name, slots: { room: room.value } };
      },
    ],
    [
      4,
      () => {
        const device = random.pick(DEVICES);
        const first = random.chance(0.7)
          ? random.pick(ROOMS)
          : random.chance(0.5)
            ? inventedWord(random)
            : random.pick(['main', 'upper', 'old', 'guest', 'left']);
        const name = `${first} ${device}`;
        return {
          of: `${random.pick(['the ', '', 'my '])}${name}`,
          bare: name,
          slots: { device: titleCase(name) },
        };
      },
    ],
  ])();
}

export function climateRequest(random: Random): Request {
  const { of, bare, slots } = climatePlace(random);
  const degrees = spokenDegrees(random);
  const unit = pickWeighted(random, [
    [4, ' degrees'],
    [2, ''],
    [1, '°'],
    [1, ' degrees celsius'],
    [1, ' degrees fahrenheit'],
    [0.6, ' c'],
    [0.6, ' f'],
  ]);
  const unitValue = /fahrenheit| f$/.test(unit) ? 'F' : /celsius| c$/.test(unit) ? 'C' : undefined;
  const warm: Slots = {
    degrees: degrees.value,
    ...(unitValue === undefined ? {} : { unit: unitValue }),
  };
  const fills = { of, bare, to: degrees.text + unit };
  return pickWeighted<() => Request>(random, [
    [
      5,
      () =>
        say(
          random,
          'heat-to',
          { ...slots, ...warm },
          [
            '(set|change|adjust) {of} to {to}',
            '(set|change|adjust|put) the (temperature|temp|heating) (in|of|for) {of} to {to}',
            '(heat|cool|warm) {of} to {to}',
            '{bare} {to}',
            'make {of} {to}',
            '{of} temperature {to}',
            '(raise|lower|drop|increase) the (temperature|heat) (in|of) {of} to {to}',
            'i want {to} in {of}',
            'set {bare} (temperature|temp) to {to}',
            'keep {of} at {to}',
            'turn {of} (up|down) to {to}',
          ],
          fills,
        ),
    ],
    [
      0.8,
      () =>
        say(
          random,
          'heat-to',
          warm,
          [
            '(set|change|adjust) the (temperature|thermostat|heating) to {to}',
            'make it {to}',
            'i want {to}',
            '(raise|lower|drop) the (temperature|heat) to {to}',
            'thermostat {to}',
            'temperature to {to}',
            'keep it at {to} in here',
            'set temp at {to}',
          ],
          fills,
        ),
    ],
    [
      4,
      () =>
        say(
          random,
          'heat-ask',
          slots,
          [
            "(what is|what's|tell me) the (temperature|temp) (in|of|at|for) {of}",
            'how (warm|hot|cold|cool|chilly) is {of}',
            'how (warm|hot|cold) is it in {of}',
            "(what is|what's) {of} (temperature|temp)",
            '{bare} temperature',
            'how many degrees (is it in|in|does it have in) {of}',
            'is it warm in {of}',
            'temperature in {of}',
            'give me the {bare} temperature reading',
            'check the temp of {of}',
          ],
          fills,
        ),
    ],
    [
      0.7,
      () =>
        say(random, 'heat-ask', {}, [
          'how (warm|cold|hot) is it inside [right now]',
          'what is the temperature in the house',
          'tell me the indoor temperature',
          'how many degrees do we have',
          'temperature inside please',
          'is it cold indoors',
        ]),
    ],
    [
      1.5,
      () => {
        const mode = random.pick(MODES);
        return say(
          random,
          'climate-mode',
          { ...slots, mode },
          [
            '(set|switch|change|put) {of} to {mode} [mode]',
            '{bare} {mode} mode',
            'use {mode} mode (on|for|in) {of}',
            '{mode} mode for {of}',
          ],
          { ...fills, mode },
        );
      },
    ],
    [
      1.2,
      () => {
        const warmer = random.chance(0.5);
        const step = spokenNumber(random, random.between(1, 6));
        return say(
          random,
          warmer ? 'heat-up' : 'heat-down',
          { ...slots, degrees: step.value },
          warmer
            ? [
                '(raise|increase|turn up|bump) {of} by {step} degrees',
                'make {of} {step} degrees warmer',
                '{step} degrees (more|warmer) in {of}',
              ]
            : [
                '(lower|decrease|turn down|drop) {of} by {step} degrees',
                'make {of} {step} degrees (colder|cooler)',
                '{step} degrees (less|cooler) in {of}',
              ],
          { ...fills, step: step.text },
        );
      },
    ],
    [
      1.6,
      () => {
        const target = anyTarget(random, FAN);
        const share = spokenPercent(random);
        return say(
          random,
          'fan-speed',
          { ...target.slots, percent: share.value },
          [
            '(set|change|adjust|turn) {it} to {share}',
            '(set|change) the speed of {it} to {share}',
            '{it} speed {share}',
            'run {it} at {share}',
            '{it} at {share} speed',
          ],
          { it: target.text, share: share.text },
        );
      },
    ],
    [
      0.8,
      () => {
        const share = spokenPercent(random);
        return say(
          random,
          'humidity-to',
          { ...slots, percent: share.value },
          [
            '(set|change|bring) the humidity (in|of) {of} to {share}',
            '{bare} humidity {share}',
            'keep {of} at {share} humidity',
          ],
          { ...fills, share: share.text },
        );
      },
    ],
  ])();
}
