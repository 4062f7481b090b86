/** @file The operations that the document of the API names. */
import { type Scope, SCOPES } from '#protocol';
import type { JsonSchema } from './serve-fuzz-values.ts';

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** null for everybody */
  readonly scope: Scope | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  /** by its media type; null where it takes none */
  readonly body: { readonly type: string; readonly schema: JsonSchema } | null;
  /** documented ones */
  readonly statuses: ReadonlySet<number>;
}

export function operationsOf(document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
}): Operation[] {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const { description = '', parameters = [], requestBody, responses } = operation;
      const [body] = Object.entries(requestBody?.content ?? {});
      return {
        method: method.toUpperCase(),
        path,
        scope: SCOPES.find((each) => description.includes(`scope ${each}`)) ?? null,
        parameters,
        body: body ? { type: body[0], schema: body[1].schema } : null,
        statuses: new Set(Object.keys(responses).map(Number)),
      };
    }),
  );
  const open = { method: 'GET', scope: null, parameters: [], body: null, statuses: new Set([200]) };
  const itself = ['/openapi.json', '/docs'].map((path) => ({ ...open, path }));
  return [...documented, ...itself];
}

interface Documented {
  readonly description?: string;
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
  readonly responses: Readonly<Record<string, object>>;
}
