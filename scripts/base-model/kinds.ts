/** @file Kinds of devices: how a kind is called by itself, and which single devices are of it. */

export interface Kind {
  /** what a parse calls it */
  readonly label: string;
  readonly singular: readonly string[];
  readonly plural: readonly string[];
  /** nouns of single devices: "desk lamp" is a device, "office light" is the light of a room */
  readonly devices: readonly string[];
}

const kind = (label: string, singular: string, plural: string, devices: string): Kind => ({
  label,
  singular: singular.split(', '),
  plural: plural.split(', '),
  devices: devices.split(', '),
});

export const LIGHT = kind(
  'light',
  'light, light, lighting, lamp',
  'lights, lights, lights, lamps, lighting',
  `lamp, floor lamp, table lamp, desk lamp, bedside lamp, ceiling light, spotlight, chandelier, string lights, led strip,
 pendant, night light, reading light, wall light, nightstand lamp, counter light, cabinet light, vanity light,
 mirror light, sconce, lantern, bulb, corner lamp, closet light, standing lamp, track light, fairy lights, neon sign,
 aquarium light, tree lights, ring light, path lights, door light, sink light, stove light, stair light`.replaceAll(
    '\n',
    '',
  ),
);
export const FAN = kind(
  'fan',
  'fan, fan, ventilator',
  'fans, fans, ventilators',
  'ceiling fan, exhaust fan, desk fan, tower fan, extractor fan, bathroom fan, window fan, box fan, attic fan, hood fan, pedestal fan, air circulator',
);
export const SWITCH = kind(
  'switch',
  'switch, outlet, plug, socket',
  'switches, outlets, plugs, sockets',
  `smart plug, power strip, coffee maker, kettle, toaster, heater, space heater, dehumidifier, humidifier, air purifier,
 charger, printer, router, pc, monitor, game console, amplifier, fountain, pond pump, pool pump, sprinkler, irrigation,
 boiler, immersion heater, dishwasher, washing machine, dryer, oven, microwave, rice cooker, slow cooker, projector,
 electric blanket, towel rail, aquarium pump, christmas tree, doorbell, siren, ev charger, hair straightener, iron,
 bread maker, sewing machine, ice maker, wine cooler, freezer, water heater, air fryer, treadmill, massage chair`.replaceAll(
    '\n',
    '',
  ),
);
export const MEDIA = kind(
  'media player',
  'speaker, tv, radio, stereo',
  'speakers, tvs, radios, screens',
  'tv, soundbar, speaker, radio, stereo, record player, receiver, smart display, projector, boombox, jukebox, subwoofer, turntable, music player, big screen',
);
export const LOCK = kind(
  'lock',
  'door, lock',
  'doors, locks',
  'front door, back door, side door, patio door, garage lock, gate lock, shed door, cellar door, gun safe, mailbox, deadbolt, cabinet, balcony door, main entrance, barn door, sliding door, porch door, bike locker, medicine cabinet',
);
export const VALVE = kind(
  'valve',
  'valve',
  'valves',
  'water valve, gas valve, main water valve, sprinkler valve, hose valve, radiator valve, irrigation valve, shutoff valve, drip line, garden tap',
);
export const VACUUM = kind(
  'vacuum',
  'vacuum, robot vacuum, vacuum cleaner',
  'vacuums, robot vacuums',
  'robot vacuum, vacuum, hoover, robot mop, roomba, cleaning robot, mop bot',
);
/** Things that open and close; each has its own label since a home has many of them. */
export const COVERS: readonly Kind[] = [
  kind(
    'blind',
    'blind',
    'blinds',
    'roller blind, venetian blind, skylight blind, left blind, right blind, window blind',
  ),
  kind(
    'curtain',
    'curtain, drape',
    'curtains, drapes, drapery',
    'left curtain, right curtain, blackout curtain, shower curtain, sheer curtain, stage curtain',
  ),
  kind(
    'shutter',
    'shutter, roller shutter',
    'shutters, roller shutters',
    'storm shutter, east shutter, west shutter, front shutter, roof shutter',
  ),
  kind(
    'shade',
    'shade',
    'shades',
    'sun shade, roman shade, skylight shade, left shade, bay shade, cellular shade',
  ),
  kind(
    'awning',
    'awning, canopy',
    'awnings, canopies',
    'patio awning, terrace awning, deck canopy, front awning',
  ),
  kind(
    'window',
    'window',
    'windows',
    'skylight, roof window, bay window, kitchenette window, left window, north window, bathroom skylight',
  ),
  kind(
    'garage door',
    'garage door, garage',
    'garage doors',
    'left garage door, right garage door, main garage door, double garage door, workshop door',
  ),
  kind(
    'gate',
    'gate',
    'gates',
    'driveway gate, front gate, side gate, garden gate, entrance gate, back gate',
  ),
  kind(
    'door',
    'door',
    'doors',
    'dog flap, cat door, barn door, stable door, patio slider, trap door, sliding wall',
  ),
];
