/** @file Music, films, volume. */
import { MEDIA } from '../kinds.ts';
import { inventedArtist, inventedTitle } from '../names.ts';
import { spokenPercent } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, titleCase, type Request, type Slots } from '../request.ts';
import { deviceName, spokenRoom } from '../target.ts';
import { PEOPLE } from '../words.ts';

const FORMATS: readonly (readonly [string, readonly string[]])[] = [
  ['song', ['song', 'track', 'tune', 'song']],
  ['record', ['album', 'record', 'lp']],
  ['mix', ['playlist', 'mix', 'playlist']],
  ['show', ['show', 'series', 'tv show', 'tv series']],
  ['film', ['movie', 'film']],
  ['talk', ['podcast']],
  ['book', ['audiobook', 'book']],
  ['station', ['radio station', 'station']],
  ['style', ['genre']],
  ['artist', ['artist', 'band', 'singer']],
  ['clip', ['video', 'clip']],
];

/** " on the kitchen tv", " in the den", or nothing. */
function player(random: Random, share: number): { on: string; front: string; slots: Slots } {
  if (!random.chance(share)) return { on: '', front: '', slots: {} };
  if (random.chance(0.5)) {
    const room = spokenRoom(random);
    const text = `in ${random.pick(['the ', 'the ', 'my ', ''])}${room.name}`;
    return { on: text, front: text, slots: { room: room.value } };
  }
  const name = random.chance(0.35)
    ? random.pick(['tv', 'radio', 'soundbar', 'stereo', 'speaker', 'projector'])
    : deviceName(random, MEDIA);
  const said = random.chance(0.5) ? titleCase(name) : name;
  return {
    on: `on ${random.pick(['the ', 'the ', 'my ', ''])}${said}`,
    front: said,
    slots: { device: titleCase(name) },
  };
}

export function mediaRequest(random: Random): Request {
  return pickWeighted<() => Request>(random, [
    [5, () => play(random)],
    [5, () => transport(random)],
    [3.5, () => volume(random)],
  ])();
}

function play(random: Random): Request {
  const place = player(random, 0.4);
  const titled = inventedTitle(random);
  const title = random.chance(0.3) ? titled.toLowerCase() : titled;
  const fills = { title, on: place.on, front: place.front };
  if (random.chance(0.3)) {
    return say(
      random,
      'play',
      { title, ...place.slots },
      [
        '(play|put on|start|stream|i want to hear|listen to|i want to watch|watch) {title} {on}',
        'play {title} {on}',
        '{front} play {title}',
        'can i hear {title} {on}',
        'queue {title} {on}',
      ],
      fills,
    );
  }
  if (random.chance(0.3)) {
    const artist = inventedArtist(random, PEOPLE);
    return say(
      random,
      'play',
      { title, artist, ...place.slots },
      [
        '(play|put on|stream) {title} by {artist} {on}',
        'play {artist} with {title} {on}',
        'i want {title} from {artist} {on}',
        "play {artist}'s {title} {on}",
      ],
      { ...fills, artist },
    );
  }
  const [format, words] = random.pick(FORMATS);
  return say(
    random,
    'play',
    { title, format, ...place.slots },
    [
      '(play|put on|start|stream) the {word} {title} {on}',
      'play {word} {title} {on}',
      '(play|put on) the {title} {word} {on}',
      'play {title} {word} {on}',
      '{front} play the {word} {title}',
      'i (want|would like) the {word} (called|named) {title} {on}',
      'start my {title} {word} {on}',
      'find the {word} {title} and play it {on}',
    ],
    { ...fills, word: random.pick(words) },
  );
}

const THING = '(song|track|tune|music|video|episode|movie|show|playlist)';
const TRANSPORT: Readonly<Record<string, readonly string[]>> = {
  pause: [
    `(pause|hold|halt|freeze) [the|this|my] ${THING} {on}`,
    'pause {on}',
    '{front} pause',
    'stop playing {on} for now',
    'pause playback {on}',
    'hold on with the music {on}',
  ],
  resume: [
    `(resume|continue|unpause|carry on with) [the|this|my] ${THING} {on}`,
    'resume {on}',
    '{front} resume',
    'keep playing {on}',
    'go on playing {on}',
    'press play again {on}',
    'unpause {on}',
  ],
  next: [
    `(skip|next|jump over) [the|this] ${THING} {on}`,
    'skip {on}',
    '{front} next',
    `(go|jump|move) to the next ${THING} {on}`,
    `play the next ${THING} {on}`,
    'i do not like this one, next {on}',
    '{front} skip',
    `advance to the following ${THING} {on}`,
  ],
  previous: [
    `(go|jump|move) back to the (previous|last) ${THING} {on}`,
    `play the (previous|last) ${THING} [again] {on}`,
    `(previous|last) ${THING} {on}`,
    `replay that ${THING} {on}`,
    '{front} previous',
    `one ${THING} back {on}`,
    `repeat the (previous|last) ${THING} {on}`,
    '{front} go back',
    `restart the last ${THING} {on}`,
  ],
  'stop-media': [
    `(stop|end|turn off) the ${THING} {on}`,
    'stop {on}',
    'no more music {on}',
    '{front} stop',
  ],
  shuffle: [
    'shuffle [the|my] (music|songs|playlist) {on}',
    'mix up the order {on}',
    'play in random order {on}',
  ],
};

function transport(random: Random): Request {
  const act = pickWeighted(random, [
    [3, 'pause'],
    [3, 'resume'],
    [4, 'next'],
    [4, 'previous'],
    [1, 'stop-media'],
    [0.5, 'shuffle'],
  ]);
  const place = player(random, 0.6);
  return say(random, act, place.slots, TRANSPORT[act] ?? [], { on: place.on, front: place.front });
}

function volume(random: Random): Request {
  const place = player(random, 0.65);
  const fills = { on: place.on, front: place.front };
  if (random.chance(0.6)) {
    const share = spokenPercent(random);
    return say(
      random,
      'volume-to',
      { percent: share.value, ...place.slots },
      [
        '(set|change|turn|put) [the] (volume|sound) {on} to {share}',
        '(set|change|put) {front} volume (to|at) {share}',
        'volume {share} {on}',
        '{front} volume {share}',
        'make it {share} loud {on}',
        '(turn|raise|lower) [the] volume (up|down|) to {share} {on}',
        'i want the volume at {share} {on}',
        '(increase|decrease) the (volume|sound) to {share} {on}',
        '{front} turn the volume (up|down) to {share}',
      ],
      { ...fills, share: share.text },
    );
  }
  const act = random.pick(['volume-up', 'volume-down', 'mute', 'unmute']);
  const templates: Record<string, readonly string[]> = {
    'volume-up': [
      '(turn|crank) it up {on}',
      'louder {on}',
      '(raise|increase|boost) the (volume|sound) {on}',
      'i cannot hear it {on}',
      'make it louder {on}',
      'turn up {front} [volume]',
    ],
    'volume-down': [
      'turn it down {on}',
      '(quieter|softer) {on}',
      '(lower|decrease|reduce) the (volume|sound) {on}',
      'too loud {on}',
      'make it quieter {on}',
      'turn down {front} [volume]',
    ],
    mute: [
      'mute [it] {on}',
      'silence {on}',
      'no sound {on}',
      'shut it up {on}',
      'mute the sound {on}',
      '{front} mute',
    ],
    unmute: [
      'unmute [it] {on}',
      'sound back on {on}',
      '{front} unmute',
      'bring back the sound {on}',
    ],
  };
  return say(random, act, place.slots, templates[act] ?? [], fills);
}
