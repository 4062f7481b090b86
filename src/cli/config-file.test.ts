/** @file The settings of the service in a file: each has its flag, what is said elsewhere goes before, lines are named. */
import { Command } from '@commander-js/extra-typings';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { serviceConfigSchema } from '#protocol';
import { applyConfigFile } from './config-file.ts';
import { addServiceOptions } from './service-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-config-'));
const file = join(folder, 'service.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

/** What `plimsoll serve` would start with. */
function settings(text: string, ...words: string[]) {
  writeFileSync(file, text);
  const command = addServiceOptions(new Command());
  command.parse(words, { from: 'user' });
  applyConfigFile(command, file);
  return command.opts();
}

test('each setting but the list of commands is a flag, and each flag a setting', () => {
  const flags = addServiceOptions(new Command()).options.map(({ long }) => long);
  const fields = Object.keys(serviceConfigSchema.shape).filter((field) => field !== 'commands');
  expect(fields.map((field) => `--${field.replaceAll('_', '-')}`)).toEqual(flags);
});

test('values are read as those of flags are', () => {
  const text = 'memory: 512M\nreserve: 1048576\nroot: [/a, /b]\nexclusive: false\nport: 0\n';
  expect(settings(text)).toMatchObject({
    memory: 512 * 2 ** 20,
    reserve: 2 ** 20,
    root: ['/a', '/b'],
    exclusive: false,
    port: 0,
  });
  expect(settings('root: /a')).toMatchObject({ root: ['/a'], port: 8018 });
  expect(settings('')).toMatchObject({ port: 8018 });
});

test('a flag goes before a variable, a variable before the file', () => {
  vi.stubEnv('PLIMSOLL_PORT', '81');
  vi.stubEnv('PLIMSOLL_HOST', 'variable');
  try {
    const text = 'host: file\nport: 80\nconcurrency: 2\n';
    expect(settings(text, '--host', 'flag')).toMatchObject({
      host: 'flag',
      port: 81,
      concurrency: 2,
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test.each([
  ['port: 1\n\ncolour: red\n', /service\.yaml, line 3: .*got 'colour'/],
  ['\nport: high\n', /line 2: port: expected .*got 'high'/],
  ['root:\n  - /a\n  - 7\n', /line [13]: root/],
  ['memory: 512\nmemory: 512\n', /line 2: expected YAML/],
  ['port: [1\n', /expected YAML/],
  ['memory: 900T\n', /line 1: memory: expected a memory limit of at most/],
  ['- port\n', /line 1: expected an object/],
])('%j is refused by its line', (text, message) => {
  expect(() => settings(text)).toThrow(message);
});

async function commands(text: string) {
  writeFileSync(file, text);
  const command = addServiceOptions(new Command());
  command.parse([], { from: 'user' });
  return await applyConfigFile(command, file).commands();
}

test('a command is read as plimsoll.yaml has it, with what clients may fill in', async () => {
  const text = `
commands:
  tune:
    command: python3 train.py --batch {batch} --name={name}
    memory: 512M..1G
    ladder: {batch: [8, 4]}
    memory-retries: 3
    folder: /srv
    values:
      name:
`;
  expect(await commands(text)).toMatchObject([
    {
      name: 'tune',
      command: ['python3', 'train.py', '--batch', '{batch}', '--name={name}'],
      values: { name: {} },
      ladders: [[{ batch: '8' }, { batch: '4' }]],
      policy: { memory: { from: 512 * 2 ** 20, to: 2 ** 30 }, memoryRetries: 3, attempts: 20 },
      folder: '/srv',
    },
  ]);
  expect(await commands('port: 1')).toEqual([]);
});

const of = (rest: string) => `commands:\n  a:\n${rest.replaceAll(/^/gm, '    ')}`;

test.each([
  [
    'commands:\n  ../a:\n    command: [x]\n',
    /line 1: commands: expected as a name a text that fits .*, got '\.\.\/a'/,
  ],
  [of('memory: 1G'), /line 2: commands\.a\.command: expected/],
  [of('command: [x]\nwords: 1'), /line 4: expected one of command, .*folder, values, got 'words'/],
  [of('command: []'), /line 3: commands\.a: command: expected words, got none/],
  [of('command: [train, "{x}"]'), /line 3: .*what may stand for \{x\}, in values or in a ladder/],
  [of('command: [train]\nvalues: {x: }'), /line 3: .*expected \{x\} in one of its words/],
  [of('command: [t, "{x}"]\nvalues: {x: }\nladder: {x: [1]}'), /one ladder or one value for \{x\}/],
  [of('command: ["{x}"]\nvalues: {x: }'), /expected \{x\} as an argument, got it where .* code/],
  [of('command: [sh, -c, "train {x}"]\nvalues: {x: }'), /\[sh, -c, 'train "\$1"', sh, '\{x\}'\]/],
  [of('command: [nice, bash, -lc, "{x}"]\nvalues: {x: }'), /where a program reads code/],
  [of('command: [python3, -c, "print({x})"]\nvalues: {x: }'), /where a program reads code/],
  [of('command: sh -c {x}\nvalues: {x: }'), /where a program reads code/],
  [
    of('command: [t, "{x}"]\nvalues:\n  x: {pattern: "("}'),
    /line 5: .*values\.x: pattern: expected a regular/,
  ],
  [
    of('command: [t, "{x}"]\nvalues:\n  x: {pattern: a, default: b}'),
    /values\.x: default: expected a text/,
  ],
  [
    of('command: [t, "{x}"]\nvalues:\n  x: {pattern: a, choices: [b]}'),
    /pattern or choices, got both/,
  ],
  [
    of('command: [t, "{x}"]\nvalues:\n  x: {like: a}'),
    /expected one of pattern, choices, default, got 'like'/,
  ],
  [of('command: [x]\nfolder: here'), /line 4: .*expected a whole path/],
  [of('command: [x]\nmemory: much'), /line 4: .*memory: /],
])('%j is refused', async (text, message) => {
  await expect(commands(text)).rejects.toThrow(message);
});

test('an interpreter may take values as arguments, behind its code', async () => {
  const text = of('command: [sh, -c, \'echo "$1"\', sh, "{x}"]\nvalues: {x: }');
  expect(await commands(text)).toHaveLength(1);
});

test('a file that is not there is named', () => {
  const command = addServiceOptions(new Command());
  expect(() => applyConfigFile(command, join(folder, 'none'))).toThrow(/no such file/);
});
