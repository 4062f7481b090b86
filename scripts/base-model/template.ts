/**
 * @file Sentence templates: `(turn|switch) [all] the {kind} off` says one of two verbs, half the
 * time "all", and a fill. Choices nest; a slot that is not filled is a bug of the grammar.
 */
import type { Random } from './random.ts';

export type Fills = Readonly<Record<string, string>>;

type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'slot'; readonly name: string }
  | { readonly is: 'choice'; readonly options: readonly (readonly Part[])[] };

const parsed = new Map<string, readonly Part[]>();

/** One sentence of the template, with single spaces. */
export function expand(random: Random, template: string, fills: Fills = {}): string {
  let parts = parsed.get(template);
  if (parts === undefined) {
    parts = parse(template);
    parsed.set(template, parts);
  }
  return write(random, parts, fills)
    .replace(/\s+/g, ' ')
    .replace(/ ([,.?!])/g, '$1')
    .trim();
}

function write(random: Random, parts: readonly Part[], fills: Fills): string {
  let text = '';
  for (const part of parts) {
    if (part.is === 'text') text += part.text;
    else if (part.is === 'choice') text += write(random, random.pick(part.options), fills);
    else {
      const fill = fills[part.name];
      if (fill === undefined) throw new Error(`internal: no fill for the slot {${part.name}}`);
      text += fill;
    }
  }
  return text;
}

function parse(template: string): readonly Part[] {
  let at = 0;
  /** Reads alternatives up to the closing character, which is consumed. */
  const alternatives = (close: string): Part[][] => {
    const options: Part[][] = [];
    let parts: Part[] = [];
    for (;;) {
      const char = template[at];
      if (char === undefined) {
        if (close !== '') throw new Error(`internal: no ${close} in the template ${template}`);
        break;
      }
      at += 1;
      if (char === close) break;
      if (char === '|') {
        options.push(parts);
        parts = [];
      } else if (char === '(') parts.push({ is: 'choice', options: alternatives(')') });
      else if (char === '[') parts.push({ is: 'choice', options: [...alternatives(']'), []] });
      else if (char === '{') {
        const end = template.indexOf('}', at);
        parts.push({ is: 'slot', name: template.slice(at, end) });
        at = end + 1;
      } else parts.push({ is: 'text', text: char });
    }
    return [...options, parts];
  };
  const options = alternatives('');
  return options.length === 1 ? (options[0] ?? []) : [{ is: 'choice', options }];
}
