/** @file `plimsoll config`: the settings of the service before it starts. */
import { Command } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import { table } from './format.ts';
import { addServiceOptions, configOption } from './service-options.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll config check service.yaml
  $ PLIMSOLL_CONFIG=service.yaml PLIMSOLL_PORT=80 plimsoll config check --json`;

export function define(command: Command): void {
  command
    .description('The settings of plimsoll serve.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  command
    .command('check')
    .summary('check a file of settings, and say what the service would start with')
    .description(
      'Check a file of settings, and say what plimsoll serve would start with here, and where each value comes from: the environment goes before the file, the file before what is preset.',
    )
    .argument('[file]', 'YAML (default: PLIMSOLL_CONFIG, else none)')
    .addOption(jsonOption('one object: name -> value and source'))
    .action(async (file, { json }) => {
      const settings = await settingsWith(file);
      const text = json
        ? JSON.stringify(Object.fromEntries(settings.map(({ name, ...rest }) => [name, rest])))
        : table(settings.map(({ name, value, source }) => [name, shown(name, value), source])).join(
            '\n',
          );
      process.stdout.write(`${text}\n`);
    });
}

interface Setting {
  readonly name: string;
  /** absent where nothing is set */
  readonly value: unknown;
  readonly source: string;
}

/** As `plimsoll serve` without a flag would have them. */
async function settingsWith(given: string | undefined): Promise<Setting[]> {
  const serve = addServiceOptions(new Command()).addOption(configOption()).exitOverride();
  serve.parse([], { from: 'user' });
  const file = given ?? serve.opts().config;
  const { applyConfigFile } = await import('./config-file.ts');
  const commands = file === undefined ? [] : await applyConfigFile(serve, file).commands();
  const allowed = commands.map(({ name, command, values, ladders, policy, folder }) => ({
    name: `commands.${name}`,
    value: { command, values, ladders, memory: policy.memory, folder },
    source: file ?? '',
  }));
  const flags = serve.options
    .filter(({ long }) => long !== '--config')
    .map((option) => {
      const name = option.attributeName();
      const source = serve.getOptionValueSource(name) ?? 'default';
      return {
        name: (option.long ?? '').slice(2).replaceAll('-', '_'),
        value: serve.getOptionValue(name) ?? null,
        source: SOURCES[source]?.(option.envVar ?? '', file ?? '') ?? source,
      };
    });
  return [...flags, ...allowed];
}

const SOURCES: Readonly<Record<string, (variable: string, file: string) => string>> = {
  env: (variable) => variable,
  config: (_, file) => file,
  default: () => 'preset',
};

const SIZES: ReadonlySet<string> = new Set(['memory', 'reserve', 'upload_limit']);

function shown(name: string, value: unknown): string {
  if (value === null) return '-';
  if (name.startsWith('commands.')) return wordsOf(value).join(' ');
  if (Array.isArray(value)) return value.join(', ');
  if (SIZES.has(name) && typeof value === 'number') return formatBytes(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wordsOf(value: unknown): readonly unknown[] {
  const words: unknown = Reflect.get(Object(value), 'command');
  return Array.isArray(words) ? words : [];
}
