/** @file docs/data.md tells of every error, reason and name that the code knows, and of no other error. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERRORS } from '#base';
import { KNOWN_PAIRS } from './columns.ts';
import { DEFAULT_QUERY } from './sqlite.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/data.md', import.meta.url)), 'utf8');

test('the table of errors is complete both ways', () => {
  const told = [...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code]) => code);
  const known = Object.keys(ERRORS).filter((code) => /^(DATA|TOKEN_CACHE)_/.test(code));
  expect(new Set(told)).toEqual(new Set(known));
});

test('the default query and the known names stand there word for word', () => {
  expect(page).toContain(`\n${DEFAULT_QUERY}\n`);
  for (const pair of KNOWN_PAIRS.split(', '))
    expect(page).toContain(`\`${pair.replace('/', '`/`')}\``);
});

test('the reasons for skipping are those that suggestions.ts and sqlite-columns.ts give', () => {
  const told = [...page.matchAll(/^\| `([a-z][^`]*)`/gim)].flatMap(([, name = '']) =>
    /^[A-Z]/.test(name) ? [] : [name],
  );
  const code = ['suggestions.ts', 'sqlite-columns.ts']
    .map((name) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8'))
    .join('\n');
  expect(told).toHaveLength(7);
  for (const reason of told) expect(code).toContain(`'${reason}'`);
});
