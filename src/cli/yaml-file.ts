/** @file A YAML file of the user's, whose complaints name the line. */
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';

export interface YamlFile {
  readonly value: unknown;
  /** Fails with what is wrong with that field, or with the nearest one around it that is there. */
  readonly refuseAt: (path: readonly string[], problem: string) => never;
}

/** @param refuse raises the error of the kind of file that it is; `line` counts from 1 */
export function parseYaml(
  text: string,
  refuse: (line: number, problem: string) => never,
): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const [reason = ''] = error.message.split('\n');
    refuse(lines.linePos(error.pos[0]).line, `expected YAML, got text that is none: ${reason}`);
  }
  return {
    value: document.toJS(),
    refuseAt: (path, problem) => refuse(lineOf(document, lines, path), problem),
  };
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
