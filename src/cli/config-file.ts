/** @file The settings of the service in a file: read, checked, and put where no flag and no variable says otherwise. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { fail, PlimsollError } from '#base';
import {
  allowedValueSchema,
  check,
  commandConfigSchema,
  type ServiceConfig,
  serviceConfigSchema,
} from '#protocol';
import type { AllowedCommand } from '#server';
import { textOfFile } from './text-of-file.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

/**
 * Gives each option of `command` that neither a flag nor a variable has set the value that the file has. What no flag
 * says, the commands that clients may have run, is read when it is asked for.
 *
 * @throws PlimsollError CONFIG_UNREADABLE, CONFIG_MALFORMED
 */
export function applyConfigFile(
  command: CommandUnknownOpts,
  file: string,
): { readonly commands: () => Promise<AllowedCommand[]> } {
  const { config, refuseAt } = readConfigFile(file);
  for (const [field, value] of Object.entries(config)) {
    const option = command.options.find(({ long }) => long === `--${field.replaceAll('_', '-')}`);
    if (!option) continue; // a command that needs some of the settings only
    const name = option.attributeName();
    if (IS_SAID.has(command.getOptionValueSource(name) ?? 'default')) continue;
    // As a flag's text would be read: 512M to bytes, one folder or several to a list.
    const read = (text: unknown, before: unknown): unknown =>
      option.parseArg && typeof value !== 'boolean' ? option.parseArg(String(text), before) : text;
    const list = Array.isArray(value) ? value : [value];
    try {
      const parsed = list.reduce<unknown>((before, each) => read(each, before), undefined);
      command.setOptionValueWithSource(name, parsed, 'config');
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
      refuseAt([field], `${field}: ${error.message.replace(/^--[\w-]+: /, '')}`);
    }
  }
  return {
    commands: async () => {
      if (!config.commands) return [];
      const { allowedCommands } = await import('./allowed-commands.ts');
      return allowedCommands(config.commands, refuseAt);
    },
  };
}

/** What comes before the file. */
const IS_SAID: ReadonlySet<string> = new Set(['cli', 'env']);

function readConfigFile(file: string): {
  readonly config: ServiceConfig;
  readonly refuseAt: YamlFile['refuseAt'];
} {
  const { value, refuseAt } = parseYaml(textOfFile(file, 'CONFIG_UNREADABLE'), (line, problem) =>
    fail('CONFIG_MALFORMED', { file, line, problem }),
  );
  const { value: config, problems } = check(serviceConfigSchema, value ?? {}); // an empty file
  if (!problems) return { config, refuseAt };
  const [{ path, message } = { path: '', message: '' }] = problems;
  const place = path === '' ? [] : path.split('.');
  const unknown = UNKNOWN.exec(message)?.[1];
  if (unknown === undefined) return refuseAt(place, path === '' ? message : `${path}: ${message}`);
  const known = Object.keys(schemaAt(place).shape).join(', ');
  return refuseAt([...place, unknown], `expected one of ${known}, got '${unknown}'`);
}

/** The object that a field of a place is one of: `commands.NAME`, `commands.NAME.values.NAME`. */
function schemaAt({ length }: readonly string[]) {
  if (length < 2) return serviceConfigSchema;
  return length === 2 ? commandConfigSchema : allowedValueSchema;
}

/** As problems.ts of protocol/ tells of a field that no schema knows. */
const UNKNOWN = /^expected fields that are known, got '([^']+)'/;
