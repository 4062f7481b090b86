/** @file A compose file: where it lies, and its text as a document whose nodes know their places. */
import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import { type Document, isMap, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { fail } from '#base';

export interface ComposeFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  readonly services: YAMLMap;
  /** with aliases and merge keys resolved, as Docker reads it */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** of a place in the text, from 1 */
  readonly lineAt: (offset: number) => number;
}

/** In the order in which `docker compose` looks for them. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'] as const;

/** The one that Docker would take there; where there is none, what its name would be. */
export function composeFileIn(folder: string): string {
  const found = NAMES.map((name) => join(folder, name)).find((file) => existsSync(file));
  return found ?? join(folder, 'docker-compose.yml');
}

/** The file beside it that Docker reads after it, whose settings win; null where there is none. */
export function overrideOf(file: string): string | null {
  const { dir, name, ext } = parse(file);
  if (!NAMES.some((each) => each === `${name}${ext}`)) return null; // given by -f: read alone
  const beside = ['.yaml', '.yml'].map((end) => join(dir, `${name}.override${end}`));
  return beside.find((each) => existsSync(each)) ?? null;
}

/** @throws PlimsollError COMPOSE_MALFORMED */
export function readCompose(file: string, text: string): ComposeFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    // Its message goes on with the place and an excerpt.
    const problem = error.message.replace(/ at line \d+, column \d+:[^]*$/, '');
    fail('COMPOSE_MALFORMED', { file, place: `line ${line}, column ${col}`, problem });
  }
  const services = document.get('services');
  if (!isMap(services)) {
    const problem = "expected 'services:' with a service below it";
    fail('COMPOSE_MALFORMED', { file, place: 'line 1, column 1', problem });
  }
  const resolved = resolvedServices(file, text);
  return { file, text, document, services, resolved, lineAt: (at) => lines.linePos(at).line };
}

function resolvedServices(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const { services } = Object(parseDocument(text, { merge: true }).toJS());
    return Object(services);
  } catch (error) {
    // An alias of a name that no anchor has, or a bomb of them, has no place in the message.
    const problem = error instanceof Error ? error.message : String(error);
    return fail('COMPOSE_MALFORMED', { file, place: 'an alias', problem });
  }
}
