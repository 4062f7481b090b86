/** @file Test support: the recorded files of the reference implementation, where a machine has them. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(process.env['PLIMSOLL_FIXTURES'] ?? '../shared/fixtures');

/** All safetensors files there; none (and the reason printed) where the folder is absent. */
export function fixtureSafetensors(): string[] {
  if (!existsSync(FOLDER)) {
    console.log(`skipped: no fixtures at ${FOLDER}; set PLIMSOLL_FIXTURES to their folder`);
    return [];
  }
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.safetensors')).map((name) => join(FOLDER, name));
}
