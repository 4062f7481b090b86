/** @file A model's name on the hub: `org/name`, with `@revision` behind it or without. */
import { fail } from '#base';

export interface HubName {
  readonly repo: string;
  readonly revision: string;
}

/** @throws PlimsollError MODEL_NAME_MALFORMED */
export function parseHubName(ref: string, revision: string | undefined): HubName {
  const [repo = '', written, ...more] = ref.split('@');
  const malformed = (reason: string) => fail('MODEL_NAME_MALFORMED', { ref, reason });
  if (more.length > 0) malformed("there is more than one '@'");
  if (written !== undefined && revision !== undefined && written !== revision) {
    malformed(`two revisions are given, '${written}' and '${revision}'`);
  }
  if (!NAME.test(repo) || /--|\.\./.test(repo))
    malformed('there is no such folder, and a name has the form org/name');
  const wanted = written ?? revision ?? 'main';
  if (!REVISION.test(wanted) || wanted.includes('..')) malformed(`'${wanted}' is no revision`);
  return { repo, revision: wanted };
}

/**
 * As huggingface_hub checks them: no part begins or ends with `-` or `.`; `--` stands for the slash
 * in the cache.
 */
const NAME = /^(?:\w(?:[\w.-]{0,94}\w)?\/)?\w(?:[\w.-]{0,94}\w)?$/;
/** A git ref may have slashes; it must not lead out of the cache's folder. */
const REVISION = /^\w[\w./-]{0,254}$/;

export const COMMIT = /^[0-9a-f]{40}$/;
