/**
 * @file What a home can tell: yes-or-no sensors, each with the words for both of its states, and
 * measures with a number.
 */

export interface Sense {
  readonly label: string;
  /** single things with such a sensor: "is the … (yes word)?" */
  readonly things: readonly string[];
  /** many of them: "are any … (yes word)?" */
  readonly plural: readonly string[];
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** what can be there in a room, "is there any …", if it can */
  readonly stuff: readonly string[];
}

const sense = (
  label: string,
  things: string,
  plural: string,
  yes: string,
  no: string,
  stuff = '',
): Sense => ({
  label,
  things: things.split(', '),
  plural: plural.split(', '),
  yes: yes.split(', '),
  no: no.split(', '),
  stuff: stuff === '' ? [] : stuff.split(', '),
});

export const SENSES: readonly Sense[] = [
  sense(
    'entry',
    'front door, cabin door, patio door, side door, fridge door, cellar door, dog door, barn door, oven door',
    'doors, entry doors, sliding doors',
    'open, opened, ajar',
    'closed, shut',
  ),
  sense(
    'pane',
    'skylight, roof window, bay window, stair window, attic window, left window',
    'windows, skylights, panes',
    'open, opened, ajar',
    'closed, shut',
  ),
  sense(
    'garage',
    'left garage, right garage, workshop garage, carport door, main garage door',
    'garages, garage doors',
    'open',
    'closed, shut',
  ),
  sense(
    'lid',
    'mailbox, hatch, piano lid, tool drawer, cash drawer, attic hatch, letter box, chest',
    'drawers, hatches, lids, boxes',
    'open, opened',
    'closed, shut',
  ),
  sense(
    'motion',
    'stair motion detector, yard motion sensor, porch motion sensor, cat cam, hall movement detector',
    'motion detectors, movement sensors',
    'triggered, active, tripped, on, detected',
    'clear, quiet, off, inactive',
    'motion, movement',
  ),
  sense(
    'presence',
    'radar sensor, desk sensor, bed sensor, chair sensor',
    'rooms, beds, presence sensors, desks',
    'occupied, taken, in use, busy',
    'empty, free, vacant, unoccupied',
    'presence, people, anybody, someone',
  ),
  sense(
    'smoke',
    'smoke alarm, smoke detector, chimney sensor, fire detector',
    'smoke alarms, smoke detectors, fire alarms',
    'triggered, on, going off, active',
    'clear, quiet, silent, off',
    'smoke, fire',
  ),
  sense(
    'fumes',
    'stove sensor, gas detector, boiler detector, propane detector',
    'gas detectors, fume sensors',
    'triggered, on, going off',
    'clear, off',
    'leaking gas, gas, fumes, propane',
  ),
  sense(
    'exhaust',
    'co alarm, co detector, monoxide alarm, chimney alarm',
    'co alarms, co detectors, monoxide detectors',
    'triggered, on, going off',
    'clear, off',
    'carbon monoxide, monoxide',
  ),
  sense(
    'leak',
    'leak detector, flood sensor, sink sensor, drip tray, pipe, sump, roof, washer hose',
    'leak detectors, pipes, flood sensors',
    'wet, leaking, flooded, damp',
    'dry',
    'water, a leak, moisture, dampness',
  ),
  sense(
    'cell',
    'remote, tablet, watch, doorbell, scooter, keypad, toothbrush, door sensor, laptop',
    'batteries, cells, remotes',
    'low, empty, weak, nearly empty',
    'full, ok, fine, good, normal, charged',
  ),
  sense(
    'charge',
    'tablet, car, laptop, scooter, e bike, watch, drone, lawn mower',
    'cars, tablets, laptops, scooters',
    'charging, being charged',
    'not charging, discharging',
  ),
  sense(
    'link',
    'router, printer, server, hub, camera, bridge, doorbell, tv, repeater',
    'gadgets, cameras, hubs, computers',
    'online, connected, reachable',
    'offline, disconnected, unreachable',
  ),
  sense(
    'socket',
    'car, iron, toaster, hair dryer, charger, lawn mower',
    'chargers, appliances, gadgets',
    'plugged in',
    'unplugged, not plugged in',
  ),
  sense(
    'supply',
    'freezer, pump, server, amplifier, sauna, modem',
    'machines, appliances, gadgets',
    'powered, powered on, getting power',
    'without power, powered off, unpowered',
  ),
  sense(
    'warm',
    'stove, oven, radiator, pan, iron, fireplace, engine, hot plate',
    'stoves, radiators, ovens, plates',
    'hot, overheating, too hot',
    'not hot, cooled down',
  ),
  sense(
    'frost',
    'freezer, pipe, greenhouse, car, windshield, garden bed',
    'pipes, beds, freezers',
    'cold, freezing, frozen, too cold',
    'not cold, thawed',
  ),
  sense(
    'glow',
    'photocell, dusk sensor, terrarium, tent',
    'light sensors, photocells',
    'bright, lit, detecting light',
    'dark, unlit',
    'light, daylight, brightness',
  ),
  sense(
    'noise',
    'baby monitor, glass break detector, bell, dog cam, sound meter',
    'sound sensors, noise detectors, microphones',
    'triggered, noisy, loud, hearing something',
    'quiet, silent, clear',
    'noise, sound, barking, crying',
  ),
  sense(
    'shake',
    'washer, dryer, gate, fence, safe, bike',
    'machines, fences, vibration sensors',
    'vibrating, shaking, rattling',
    'still, not shaking',
  ),
  sense(
    'tamper',
    'alarm panel, keypad, meter, safe, camera',
    'panels, keypads, meters',
    'tampered with, manipulated',
    'untouched, intact',
  ),
  sense(
    'fault',
    'boiler, heat pump, printer, pool filter, inverter, feeder, litter box',
    'appliances, filters, machines',
    'faulty, having a problem, broken, in trouble',
    'fine, ok, working, without problems',
    'problem, fault, trouble',
  ),
  sense(
    'upgrade',
    'hub, router, camera, tv, thermostat, bridge',
    'gadgets, apps, hubs',
    'outdated, waiting for an update',
    'up to date, current',
    'update, new version, upgrade',
  ),
  sense(
    'busy',
    'dishwasher, washing machine, dryer, mower, printer, sprinkler, robot, pump, heating',
    'appliances, pumps, machines',
    'running, working, going',
    'idle, done, finished, stopped',
  ),
  sense(
    'danger',
    'pool, balcony, ladder, stairs, driveway, ice rink',
    'stairs, exits, pools',
    'unsafe, dangerous',
    'safe, secure',
  ),
  sense(
    'bolt',
    'front door, back door, gate, gun safe, shed, bike lock, cellar',
    'doors, locks, gates, safes',
    'unlocked, unbolted',
    'locked, bolted, securely locked',
  ),
];

export interface Measure {
  readonly label: string;
  readonly asked: readonly string[];
  readonly meters: readonly string[];
}

const measure = (label: string, asked: string, meters: string): Measure => ({
  label,
  asked: asked.split(', '),
  meters: meters.split(', '),
});

export const MEASURES: readonly Measure[] = [
  measure(
    'warmth',
    'temperature, temp',
    'pool, freezer, fridge, aquarium, sauna, boiler, wine cooler, water tank, oven, server rack',
  ),
  measure(
    'damp',
    'humidity, relative humidity, moisture level',
    'cellar hygrometer, bath hygrometer, terrarium, greenhouse, soil sensor, plant sensor',
  ),
  measure(
    'charge',
    'battery level, charge, battery percentage, battery',
    'tablet, watch, scooter, robot, doorbell, remote, house battery, e bike',
  ),
  measure(
    'watts',
    'power, power draw, wattage, consumption',
    'washer plug, dryer plug, ev charger, heat pump, server, house meter, kettle',
  ),
  measure(
    'usage',
    'energy, energy use, energy usage, amount of energy',
    'solar panels, house meter, ev charger, grid meter, roof panels, dishwasher',
  ),
  measure(
    'carbon',
    'co2 level, co2 concentration, carbon dioxide level',
    'office air monitor, bedroom air monitor, class air meter, desk air meter',
  ),
  measure(
    'air',
    'air quality, air quality index, air index',
    'air monitor, patio air meter, smog station, hall air meter',
  ),
  measure(
    'dust',
    'particle level, dust level, fine dust concentration, pm10 level',
    'dust meter, street dust sensor, purifier, workshop dust meter',
  ),
  measure(
    'pressure',
    'pressure, air pressure',
    'tire, boiler, weather station, barometer, water pump, espresso machine',
  ),
  measure(
    'lux',
    'brightness, light level, illuminance',
    'lux meter, roof photocell, window photocell, desk photocell',
  ),
  measure(
    'sound',
    'noise level, sound level, loudness',
    'sound meter, nursery monitor, street microphone',
  ),
  measure('volts', 'voltage', 'inverter, car battery, grid meter, ups'),
  measure('amps', 'current, amperage', 'main fuse, ev charger, inverter, house meter'),
  measure('hertz', 'frequency', 'grid meter, inverter, generator'),
  measure('speed', 'speed, wind speed', 'anemometer, car, treadmill, scooter'),
  measure(
    'rain',
    'rainfall, amount of rain, precipitation',
    'rain gauge, garden gauge, weather station',
  ),
  measure(
    'fluid',
    'water usage, amount of water, water consumption, volume',
    'water meter, garden tap, sprinkler, rain barrel, pool pump',
  ),
  measure('mass', 'weight', 'bath scale, kitchen scale, luggage scale, cat scale'),
  measure('far', 'distance, mileage, range', 'car, scooter, bike, van'),
  measure(
    'bytes',
    'size, file size, disk usage, free space',
    'backup drive, photo archive, log disk, media server',
  ),
  measure('rate', 'data rate, download speed, upload speed', 'router, fiber modem, guest network'),
  measure(
    'signal',
    'signal strength, signal, reception',
    'router, repeater, tablet, lte stick, mower',
  ),
  measure('acid', 'ph value, ph, acidity', 'pool tester, aquarium probe, garden soil probe'),
  measure(
    'cost',
    'cost, price, tariff, bill',
    'power contract, gas contract, ev charger, water bill',
  ),
  measure(
    'vapour',
    'voc level, amount of vapours, concentration of vapours',
    'paint room sensor, air monitor, print room meter',
  ),
  measure(
    'ozone',
    'ozone level, ozone concentration',
    'copy room meter, roof station, ozone probe',
  ),
  measure(
    'sun',
    'irradiance, uv index, solar radiation',
    'roof station, solar sensor, garden station',
  ),
];
