/** @file Pages lead where they say: links, headings, neighbours, and files of the repository that they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flags } from '../bench/training.ts';
import { RECIPE } from '../bench/learning.ts';

const PAGES = ['README.md', 'CHANGELOG.md', ...markdownIn('docs', 'assets', 'scripts')];
const DOCS = PAGES.filter((page) => page.startsWith('docs/'));

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  test('its links lead to files and headings that are there', () => {
    const broken = linksOf(text).filter((link) => {
      const { file, heading } = targetOf(page, link);
      return !existsSync(file) || (heading !== '' && !headingsOf(file).includes(heading));
    });
    expect(broken).toEqual([]);
  });

  test('files of the repository that it names are there', () => {
    const named = [...text.matchAll(FILE_NAMED)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

test('each page of docs/ is linked from the README', () => {
  const linked = linksOf(readFileSync('README.md', 'utf8')).map((link) => targetOf('', link).file);
  expect(DOCS.filter((page) => !linked.includes(page))).toEqual([]);
});

test('all pages of docs/ are one chain, the same in both directions', () => {
  const chain: string[] = [];
  let page = DOCS.find((each) => neighbour(each, 'Previous') === null) ?? null;
  while (page !== null && !chain.includes(page)) {
    chain.push(page);
    page = neighbour(page, 'Next');
  }
  expect(chain.toSorted()).toEqual(DOCS.toSorted());
  const previous = chain.map((each) => neighbour(each, 'Previous'));
  expect(previous).toEqual([null, ...chain.slice(0, -1)]);
});

test('docs/learning.md gives the recipe that the benchmark measures', () => {
  const page = readFileSync('docs/learning.md', 'utf8').replaceAll(/\s*\\\n\s*/g, ' ');
  expect(page).toContain(flags(RECIPE).join(' '));
});

/** A path in the repository, in backticks or in a command. */
const FILE_NAMED =
  /(?<![\w./-])((?:src|docs|test|bench|scripts|assets|\.ci)\/[\w./-]*\w)(?![\w*<])/g;

function markdownIn(...folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.md'));
}

/** Without those that lead out of the repository, and without what stands in code. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function targetOf(page: string, link: string): { file: string; heading: string } {
  const [path = '', heading = ''] = link.split('#');
  return { file: path === '' ? page : normalize(join(dirname(page), path)), heading };
}

/** As GitHub makes them: small letters, no punctuation, hyphens for spaces. */
function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function neighbour(page: string, which: 'Previous' | 'Next'): string | null {
  const [, link] =
    new RegExp(`^.*\\b${which}: \\[[^\\]]+\\]\\(([^)]+)\\)`, 'm').exec(
      readFileSync(page, 'utf8'),
    ) ?? [];
  return link === undefined ? null : targetOf(page, link).file;
}
