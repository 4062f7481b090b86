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

test('a file that is not there is named', () => {
  const command = addServiceOptions(new Command());
  expect(() => applyConfigFile(command, join(folder, 'none'))).toThrow(/no such file/);
});
