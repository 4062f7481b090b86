/** @file plimsoll.yaml: a command, its limits, its ladders, and how often it is tried again. */
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { fail, PlimsollError } from '#base';
import { check, type PolicyFile, policyFileSchema } from '#protocol';
import { type Command, type Ladder, ladderOf } from '#supervise';
import { type MemoryRange, memoryRange } from './memory-range.ts';
import { textOfFile } from './text-of-file.ts';

export interface PolicySettings {
  /** null where the file has none: it is then for any command */
  readonly command: Command | null;
  readonly memory: MemoryRange | null;
  readonly ladders: readonly Ladder[];
  /** as the file has them, absent where it has none */
  readonly policy: Omit<PolicyFile, 'command' | 'memory' | 'ladder'>;
  /** Fails with what is wrong with that field, and its line. */
  readonly refuse: (field: 'command' | 'ladder', problem: string) => never;
}

/** @throws PlimsollError POLICY_UNREADABLE, POLICY_MALFORMED */
export function readPolicyFile(file: string): PolicySettings {
  const lines = new LineCounter();
  const document = parseDocument(textOfFile(file, 'POLICY_UNREADABLE'), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const refuse = (line: number, problem: string): never =>
    fail('POLICY_MALFORMED', { file, line, problem });
  const refuseAt = (path: readonly string[], problem: string): never =>
    refuse(lineOf(document, lines, path), problem);

  const [error] = document.errors;
  if (error) {
    const [reason = ''] = error.message.split('\n');
    refuse(lines.linePos(error.pos[0]).line, `expected YAML, got text that is none: ${reason}`);
  }
  const value: unknown = document.toJS();
  refuseUnknown(value, refuseAt);
  const { value: settings, problems } = check(policyFileSchema, value);
  if (!settings) {
    const [{ path, message } = { path: '', message: '' }] = problems;
    return refuseAt(path.split('.'), `${path === '' ? '' : `${path}: `}${message}`);
  }
  const { command, memory, ladder, ...policy } = settings;
  return {
    command: commandOf(command, (problem) => refuseAt(['command'], problem)),
    memory: rangeOf(memory, (problem) => refuseAt(['memory'], problem)),
    ladders: laddersOf(ladder, (path, problem) => refuseAt(['ladder', ...path], problem)),
    policy,
    refuse: (field, problem) => refuseAt([field], problem),
  };
}

type Refuse = (problem: string) => never;
type RefuseAt = (path: readonly string[], problem: string) => never;

function refuseUnknown(value: unknown, refuseAt: RefuseAt): void {
  const known = Object.keys(policyFileSchema.shape);
  const unknown = Object.keys(Object(value)).find((key) => !known.includes(key));
  if (typeof value === 'object' && !Array.isArray(value) && unknown !== undefined)
    refuseAt([unknown], `expected one of ${known.join(', ')}, got '${unknown}'`);
}

/** What a shell would take for more than a word. */
const SHELL = /["'\\|&;<>()$`*?#~]/;

function commandOf(command: PolicyFile['command'], refuse: Refuse): Command | null {
  if (command === undefined) return null;
  if (typeof command === 'string' && SHELL.test(command))
    refuse(
      `command: expected simple words, or a list of them, got '${command}', which only a shell understands. Write [sh, -c, '...'], or each word as an item of its own`,
    );
  const words = typeof command === 'string' ? command.split(/\s+/).filter(Boolean) : command;
  const [program, ...args] = words;
  return program ? [program, ...args] : refuse('command: expected words, got none');
}

function rangeOf(memory: PolicyFile['memory'], refuse: Refuse): MemoryRange | null {
  if (memory === undefined) return null;
  try {
    return memoryRange(String(memory));
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    return refuse(`memory: ${error.message.replace('--memory: ', '')}`);
  }
}

function laddersOf(
  ladder: PolicyFile['ladder'],
  refuse: (path: readonly string[], problem: string) => never,
): Ladder[] {
  const several = Array.isArray(ladder);
  const all = ladder === undefined ? [] : several ? ladder : [ladder];
  return all.map((each, i) => {
    const parsed = ladderOf(
      Object.entries(each).map(([name, values]) => [name, values.map(String)] as const),
    );
    return 'problem' in parsed
      ? refuse(several ? [String(i)] : [], `ladder: ${parsed.problem}`)
      : parsed;
  });
}

/** Of the field, or of the nearest one around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly string[]): number {
  let line = 1;
  let node: unknown = document.contents;
  for (const step of path) {
    // Of a field its name: a list begins on the line below.
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === step) : undefined;
    const place = pair
      ? pair.key
      : isNode(node)
        ? Reflect.get(node, 'items')?.[Number(step)]
        : null;
    if (!isNode(place) || !place.range) break;
    line = lines.linePos(place.range[0]).line;
    node = pair ? pair.value : place;
  }
  return line;
}
