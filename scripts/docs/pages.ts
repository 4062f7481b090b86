/** @file The pages of docs/ that follow from the code: commands with their flags, errors. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { ERRORS } from '#base';
import { COMMANDS as TABLE } from '../../src/cli/commands.ts';
import { buildProgram } from '../../src/cli/program.ts';

export interface Page {
  readonly file: string;
  readonly text: string;
}

export async function generatedPages(): Promise<Page[]> {
  return [
    { file: 'docs/cli.md', text: await commandsPage() },
    { file: 'docs/errors.md', text: errorsPage() },
  ];
}

/** Every command, by the words that call it. */
const COMMANDS = [
  [],
  ['train'],
  ['plan'],
  ['run'],
  ['explain'],
  ['doctor'],
  ['serve'],
  ['token'],
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'revoke'],
  ['runs'],
  ['logs'],
  ['retry'],
  ['cancel'],
  ['config'],
  ['config', 'check'],
  ['generate'],
  ['answer'],
  ['eval'],
  ['data'],
  ['data', 'check'],
  ['model'],
  ['model', 'init'],
  ['model', 'info'],
  ['model', 'precision'],
  ['model', 'convert'],
];

async function commandsPage(): Promise<string> {
  const sections = [];
  for (const words of COMMANDS) {
    let command: CommandUnknownOpts = await buildProgram(words, TABLE);
    for (const word of words) {
      const found = command.commands.find((each) => each.name() === word);
      if (!found) throw new Error(`expected a command '${words.join(' ')}', got none`);
      command = found;
    }
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 100 });
    command.outputHelp();
    const title = ['plimsoll', ...words].join(' ');
    sections.push(`## ${title}`, '', '```text', help.trimEnd(), '```', '');
  }
  return [
    '# Commands',
    '',
    'Next: [Data](data.md)',
    '',
    'What `--help` prints, command by command. This page is made by `npm run docs`; a test fails where',
    'it and the commands differ.',
    '',
    'In a clone of the repository the command is `npx plimsoll`.',
    '',
    'Exit codes: 0 done, 1 error, 2 wrong usage, 12 out of memory, 130 interrupted.',
    '',
    ...sections,
  ].join('\n');
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { exit, message, ...api }]) => {
    const status = 'status' in api ? ` Status ${api.status} of the service.` : '';
    const next = 'next' in api ? `. ${template(api.next)}` : '';
    return `### ${code}\n\nExit code ${exit}.${status}\n\n> ${template(message)}${next}\n`;
  });
  return [
    '# Errors',
    '',
    'Previous: [Layout](layout.md)',
    '',
    'Every error that a user can meet: its code, what the command exits with, and its message, which',
    'says what was expected, what was found, and what to do next. Words in angle brackets are filled in.',
    'With `--json` the code is in the output. This page is made by `npm run docs`; a test fails where it',
    'and the table in `src/base/errors.ts` differ.',
    '',
    ...rows,
  ].join('\n');
}

/** The message with the names of its parameters in their places. */
function template(message: (params: never) => string): string {
  const text = Reflect.apply(message, undefined, [placeholder('')]);
  return String(text).replaceAll('\n', '\n> ').replaceAll('<', '‹').replaceAll('>', '›');
}

/** Stands for a value of any type: a text, a number, a list of one, an object with any field. */
function placeholder(name: string): unknown {
  const text = `<${name}>`;
  const list = () => [text];
  const known: Readonly<Record<string | symbol, unknown>> = {
    [Symbol.toPrimitive]: () => text,
    [Symbol.iterator]: () => [text].values(),
    toString: () => text,
    join: () => text,
    length: 1,
    0: text,
    map: list,
    filter: list,
    slice: list,
  };
  return new Proxy(
    {},
    {
      get: (_, key) => (key in known ? known[key] : placeholder(String(key))),
      ownKeys: () => ['reason'],
      getOwnPropertyDescriptor: () => ({ value: 'count', enumerable: true, configurable: true }),
    },
  );
}
