/** @file The pages that follow from the code say what the code does now. */
import { readFileSync } from 'node:fs';
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
