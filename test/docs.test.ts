/** @file The pages that follow from the code say what the code does now. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '#base';
import { generatedPages } from '../scripts/docs/pages.ts';

describe('generated pages', async () => {
  it.each(await generatedPages())('$file is up to date (npm run docs)', async ({ file, text }) => {
    const options = { parser: 'markdown', singleQuote: true, printWidth: 100 } as const;
    expect(readFileSync(file, 'utf8')).toBe(await format(text, options));
  });
});

it('every error of the page is in the table, and every one of the table on the page', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const documented = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) =>
    code?.replaceAll('\\', ''),
  );
  expect(new Set(documented)).toEqual(new Set(Object.keys(ERRORS)));
});

it('docs/layout.md has each folder of src/, with the imports that .dependency-cruiser.cjs allows', () => {
  const page = readFileSync('docs/layout.md', 'utf8');
  const rows = [...page.matchAll(/^\| `src\/(\w+)` +\|.*\| *([^|]+?) *\|$/gm)];
  const folders = rows.map(([, folder = '']) => folder);
  expect(new Set(folders)).toEqual(new Set(readdirSync('src')));
  for (const [at, [, folder = '', imports]] of rows.entries()) {
    expect(importTexts(folder, folders.slice(0, at)), folder).toContain(imports);
  }
});

/** What the page may say of a folder that stands below those `above`. */
function importTexts(folder: string, above: readonly string[]): string[] {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
  const rule = forbidden.find(({ name }: { name: string }) => name === `imports-of-${folder}`);
  if (!rule) return ['all'];
  const [, list = ''] = /\((.*)\)/.exec(rule.to.pathNot) ?? [];
  const allowed = list.split('|').filter((each) => each !== folder);
  if (allowed.length === 0) return ['-'];
  const all = above.every((each) => allowed.includes(each));
  return all ? ['all above', allowed.join(', ')] : [allowed.join(', ')];
}
