/** @file A service's limit is raised, and nothing else of the file changes; or it is said why not. */
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { PlimsollError } from '#base';
import { diffLines } from './diff-lines.ts';
import { type LimitWish, proposeLimit } from './propose-limit.ts';

const MIB = 2 ** 20;
const WISH: LimitWish = { service: null, bytes: 2048 * MIB, reservation: 512 * MIB };

const changed = (text: string, wish: Partial<LimitWish> = {}) =>
  diffLines('f', text, proposeLimit('f', text, { ...WISH, ...wish }).text).filter((line) =>
    /^[-+](?![-+])/.test(line),
  );

/** Comments, quotes, blank lines and a long line, as people write them. */
const HOME = `# Home automation. Do not edit on the host: the copy in git counts.
version: "3.8"

services:
  intent-api:
    image: 'registry.local/intent-api:1.4'   # pinned
    restart: unless-stopped
    environment:
      - MODEL=google/flan-t5-small
      - "GREETING=a line that is long enough for a formatter to want it folded, which must not happen to it here"
    command: >
      python -m intent_api
      --port 8080
    deploy:
      resources:
        limits:
          memory: 512M   # raised twice already
          cpus: '1.5'
        reservations:
          memory: 256M

  broker:
    image: eclipse-mosquitto:2
    ports: ["1883:1883", '9001:9001']

volumes: {models: {}}
`;

it('the limit and, to what the service holds by itself, the reservation: no other line', () => {
  expect(changed(HOME)).toEqual([
    '-          memory: 512M   # raised twice already',
    '+          memory: 2G   # raised twice already',
    '-          memory: 256M',
    '+          memory: 512M',
  ]);
});

it('a reservation that is high enough, or of which nothing is known, stays', () => {
  expect(changed(HOME, { reservation: 256 * MIB })).toHaveLength(2);
  expect(changed(HOME, { reservation: null })).toHaveLength(2);
});

const service = (...lines: string[]) =>
  ['services:', '  api:', '    image: a', ...lines, ''].join('\n');

it.each([
  ['mem_limit: 512m', 'mem_limit: 2g'],
  ['mem_limit: 1g', 'mem_limit: 2g'],
  ['mem_limit: "512MB"', 'mem_limit: "2GB"'],
  ["mem_limit: '0.5gb' # half", "mem_limit: '2gb' # half"],
  ['mem_limit: 512 MiB', 'mem_limit: 2 GiB'],
  ['mem_limit: 536870912', 'mem_limit: 2147483648'],
  ['mem_limit: 536870912b', 'mem_limit: 2147483648b'],
  [
    'deploy: { resources: { limits: { memory: 512M } } }',
    'deploy: { resources: { limits: { memory: 2G } } }',
  ],
])('%s', (before, after) => {
  const text = service(`    ${before}`);
  expect(changed(text)).toEqual([`-    ${before}`, `+    ${after}`]);
});

it('windows line ends, and none at the end, stay', () => {
  const text = 'services:\r\n  a:\r\n    mem_limit: 512m';
  expect(proposeLimit('f', text, WISH).text).toBe('services:\r\n  a:\r\n    mem_limit: 2g');
});

it('the older way: its reservation, and swap, which Docker wants no smaller', () => {
  const text = service(
    '    mem_limit: 512m',
    '    mem_reservation: 128m',
    '    memswap_limit: 768m',
  );
  expect(changed(text).filter((line) => line.startsWith('+'))).toEqual([
    '+    mem_limit: 2g',
    '+    mem_reservation: 512m',
    '+    memswap_limit: 2304m',
  ]);
  for (const swap of ['-1', '0', '4g']) {
    expect(changed(service('    mem_limit: 512m', `    memswap_limit: ${swap}`))).toHaveLength(2);
  }
});

const THREE = `services:
  api:
    mem_limit: 512m
  worker:
    mem_limit: 256m
  broker:
    image: mosquitto
`;

it('of several services the one that is named, else the only one with a limit', () => {
  expect(proposeLimit('f', THREE, { ...WISH, service: 'worker' })).toMatchObject({
    service: 'worker',
  });
  expect(changed(THREE, { service: 'worker' })).toEqual([
    '-    mem_limit: 256m',
    '+    mem_limit: 2g',
  ]);
  expect(proposeLimit('f', HOME, WISH).service).toBe('intent-api');
});

it.each([
  ['3.8', ['+    deploy:', '+      resources:', '+        limits:', '+          memory: 2G']],
  ['2.4', ['+    mem_limit: 2G']],
])('a service without a limit gets one, as version %s of the format has it', (version, added) => {
  const text = `version: '${version}'\nservices:\n  api:\n    image: a\n    command: |\n      one\n      two\n\n  # the broker\n  broker: {image: b}\n`;
  expect(changed(text, { service: 'api' })).toEqual(added);
  const { services } = parse(proposeLimit('f', text, { ...WISH, service: 'api' }).text);
  expect(services.api.command).toBe('one\ntwo\n');
  expect(services.broker).toEqual({ image: 'b' });
});

it('what is there of the way is used', () => {
  const text = `services:
    api:
        deploy:
            resources:
                limits:
                    cpus: "1"   # one
            replicas: 1
`;
  expect(changed(text)).toEqual(['+                    memory: 2G']);
  expect(parse(proposeLimit('f', text, WISH).text).services.api.deploy).toEqual({
    resources: { limits: { cpus: '1', memory: '2G' } },
    replicas: 1,
  });
});

it('a last line without an end gets one, and the new line none', () => {
  expect(proposeLimit('f', 'services:\n  a:\n    image: x', WISH).text).toMatch(
    /image: x\n    deploy:\n.*\n.*\n {10}memory: 2G$/,
  );
});

const ANCHOR = `x-limits: &limits
  mem_limit: 512m
services:
  api: &api
    mem_limit: 512m
  merged:
    <<: *limits
    image: a
  aliased: *api
  inner:
    deploy:
      resources: &small
        limits:
          memory: 512M
  value:
    mem_limit: &size 512m
`;
const INSIDE = (line: string) => service(`    ${line}`);

it.each([
  ['an anchor', ANCHOR, 'api', /line 5: .*'api'.*it has an anchor, &api/],
  ['a merge key', ANCHOR, 'merged', /line 7: .*a merge key/],
  ['an alias', ANCHOR, 'aliased', /line 9: .*it is an alias, \*api/],
  ['an anchor on the way', ANCHOR, 'inner', /line 13: .*it has an anchor, &small/],
  ['an anchor of the value', ANCHOR, 'value', /line 16: .*it has an anchor, &size/],
  [
    'a variable',
    INSIDE('mem_limit: ${LIMIT:-512m}'),
    null,
    /line 4: .*comes from a variable, \$\{LIMIT/,
  ],
  ['a variable in quotes', INSIDE('mem_limit: "$LIMIT"'), null, /comes from a variable/],
  ['a tag', INSIDE('mem_limit: !reset null'), 'api', /it has a tag|braces|expected/],
  ['no size', INSIDE('mem_limit: plenty'), null, /expected a size of memory, got plenty/],
  ['a list', INSIDE('mem_limit: [512m]'), null, /expected a size of memory/],
  ['nought', INSIDE('mem_limit: 0'), null, /0 is no limit/],
  [
    'swap from a variable',
    service('    mem_limit: 1m', '    memswap_limit: ${S}'),
    null,
    /line 5: /,
  ],
  [
    'another file',
    INSIDE('extends: {file: base.yml, service: api}'),
    null,
    /it extends another service/,
  ],
  [
    'braces around what lacks it',
    'services:\n  api: {image: a}\n',
    null,
    /settings stand in braces/,
  ],
  [
    'an empty service',
    'services:\n  api:\n',
    null,
    /line 2: .*expected keys above 'deploy'|extends/,
  ],
])('not where %s makes it doubtful', (_, text, name, message) => {
  refused(text, name, 'COMPOSE_LIMIT_IN_DOUBT', message);
});

it.each([
  [
    'both ways of writing it',
    service('    mem_limit: 1g', '    deploy: {resources: {limits: {memory: 1g}}}'),
    'COMPOSE_LIMIT_TWICE',
    /mem_limit and deploy\.resources\.limits\.memory/,
  ],
  [
    'as high already',
    INSIDE('mem_limit: 2g'),
    'COMPOSE_LIMIT_HIGH_ENOUGH',
    /line 4: .*below 2 GiB, got 2g/,
  ],
  ['several with a limit', THREE, 'COMPOSE_SERVICE_UNCLEAR', /found api, worker\./],
  ['several without', 'services:\n  a: {}\n  b: {}\n', 'COMPOSE_SERVICE_UNCLEAR', /found a, b\./],
  ['no service', 'services: {}\n', 'COMPOSE_SERVICE_UNCLEAR', /found nothing/],
  ['no services', 'version: "3"\n', 'COMPOSE_MALFORMED', /expected 'services:'/],
  ['nothing', '', 'COMPOSE_MALFORMED', /expected 'services:'/],
  [
    'a key twice',
    service('    mem_limit: 1g', '    mem_limit: 2g'),
    'COMPOSE_MALFORMED',
    /line 5, column 5: .*unique/,
  ],
  [
    'a wrong indent',
    'services:\n  a:\n    image: x\n   ports: y\n',
    'COMPOSE_MALFORMED',
    /line 4, column 1: /,
  ],
  ['an alias of nothing', INSIDE('mem_limit: *no'), 'COMPOSE_MALFORMED', /nresolved alias.*no/],
  ['two documents', 'services: {a: {}}\n---\nb: 1\n', 'COMPOSE_MALFORMED', /line 2, column 1: /],
])('not with %s', (_, text, code, message) => {
  refused(text, null, code, message);
});

it('not for a service that is not there', () => {
  refused(THREE, 'web', 'COMPOSE_SERVICE_UNKNOWN', /a service 'web', found api, worker, broker/);
});

function refused(text: string, name: string | null, code: string, message: RegExp): void {
  let error: unknown;
  try {
    proposeLimit('f', text, { ...WISH, service: name });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(PlimsollError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(Object(error).message).toMatch(/Nothing was changed/);
}
