import { expect, test } from 'vitest';
import { type Section, updatedPage } from './page.ts';

const machine = {
  cpu: 'Fast One',
  cores: 2,
  memoryBytes: 24 * 2 ** 30,
  system: 'Linux 6.1',
  node: 'v20.0.0',
  load: 0.25,
  date: '2030-01-02T03:04:05.000Z',
};

const section = (name: string, figure: string): Section => ({
  name,
  about: 'seconds to wait',
  how: 'By a clock.',
  table: [
    ['what', 'ours'],
    ['a | b', figure],
  ],
  machine,
  command: `npm run bench -- --only ${name}`,
});

test('a section has what was measured, how, and on what', () => {
  const page = updatedPage('# Benchmarks\n\nHello.\n', [section('start', '1.5')], ['start']);
  expect(page).toBe(`# Benchmarks

Hello.

## start

Seconds to wait.

| what | ours |
| --- | --- |
| a \\| b | 1.5 |

By a clock.

\`npm run bench -- --only start\`, 2030-01-02, 2 cores (Fast One), 24 GiB, Linux 6.1, Node v20.0.0; load 0.3 before it began.
`);
});

test('a picture stands below the table', () => {
  const drawn = { ...section('start', '1.5'), chart: 'images/start.svg' };
  expect(updatedPage('', [drawn], ['start'])).toMatch(
    /\| 1\.5 \|\n\n!\[Seconds to wait\]\(images\/start\.svg\)\n\nBy a clock\./,
  );
});

test('sections that were not measured stay, and all stand in order', () => {
  const names = ['start', 'memory', 'speed'];
  const first = updatedPage('', [section('speed', 'old speed'), section('start', 'old')], names);
  const page = updatedPage(`${first}\n## by hand\n\nKept.\n`, [section('memory', 'm')], names);
  expect(page.match(/^## .+/gm)).toEqual(['## start', '## memory', '## speed', '## by hand']);
  expect(page).toContain('old speed');
  const again = updatedPage(page, [section('speed', 'new speed')], names);
  expect(again).toContain('new speed');
  expect(again).not.toContain('old speed');
  expect(again).toContain('Kept.');
});
