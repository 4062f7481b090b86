/** @file A file that the user named, as text. */
import { readFileSync } from 'node:fs';
import { fail, readProblem } from '#base';

/** @throws PlimsollError with the code given, where the file cannot be read */
export function textOfFile(
  file: string,
  code: 'COMPOSE_UNREADABLE' | 'CONFIG_UNREADABLE' | 'POLICY_UNREADABLE',
): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = readProblem(error);
    if (reason === undefined) throw error;
    return fail(code, { file, reason }, { cause: error });
  }
}
