/**
 * @file The page of all benchmarks as Markdown, a section each. A section is replaced as a whole when
 * its benchmark runs, and stays as it is when it does not: so each says what it ran on.
 */
import { type Machine, machineText } from './machine.ts';

export interface Section {
  readonly name: string;
  readonly about: string;
  readonly how: string;
  /** the first row heads the columns */
  readonly table: readonly (readonly string[])[];
  /** the picture's file, as the page names it */
  readonly chart?: string;
  readonly machine: Machine;
  /** what measures it again */
  readonly command: string;
}

/** The page with these sections made anew; all stand in the order of `names`, others behind them. */
export function updatedPage(
  page: string,
  sections: readonly Section[],
  names: readonly string[],
): string {
  const [head = '', ...old] = page.split(/^(?=## )/m);
  const texts = new Map(old.map((text) => [nameOf(text), text]));
  for (const section of sections) texts.set(section.name, sectionText(section));
  const order = [...new Set([...names, ...texts.keys()])];
  return [head || HEAD, ...order.flatMap((name) => texts.get(name) ?? [])]
    .map((text) => `${text.trim()}\n`)
    .join('\n');
}

function nameOf(text: string): string {
  return text.slice('## '.length, text.indexOf('\n')).trim();
}

function sectionText({ name, about, how, table, chart, machine, command }: Section): string {
  const [head = [], ...rows] = table;
  const capital = about.charAt(0).toUpperCase() + about.slice(1);
  return [
    `## ${name}`,
    `${capital}.`,
    [head, head.map(() => '---'), ...rows].map(rowText).join('\n'),
    ...(chart === undefined ? [] : [`![${capital}](${chart})`]),
    how,
    `\`${command}\`, ${machineText(machine)}.`,
  ].join('\n\n');
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

const HEAD = `# Benchmarks

Previous: [Parity](parity.md) · Next: [Layout](layout.md)

Made by the benchmarks themselves, and a section is renewed whenever its benchmark runs:

\`\`\`sh
bash bench/reference/setup.sh # PyTorch, transformers and peft, once
npm run bench -- --reference --markdown docs/benchmarks.md
\`\`\`

"Ours" is \`plimsoll train\` as a user starts it, "reference" is the same training by PyTorch, transformers
and peft, and a ratio is ours divided by the reference's: below 1 we are faster, or smaller. "Other
work" is the share of the cores that other programs took meanwhile. Machines differ, and the same
machine does from hour to hour: read ratios rather than seconds.
`;
