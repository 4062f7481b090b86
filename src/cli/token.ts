/** @file `plimsoll token`: the tokens of a service, made and revoked in its data folder, whether it runs or not. */
import { type Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import { fail } from '#base';
import type { Scope, ApiToken } from '#protocol';
import type { Store } from '#store';
import { facts } from './format.ts';
import { configOption, dataDirOption } from './service-options.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll token create --name dashboard --scope read
  $ plimsoll token list
  $ plimsoll token revoke 2`;

const SCOPES = ['read', 'run', 'admin'] as const satisfies readonly Scope[];

export function define(command: Command): void {
  command
    .description(
      'Make, list and revoke the tokens of a service, in its data folder. Scopes: read looks, run starts, cancels and deletes runs too, admin does everything. Only their hashes are kept.',
    )
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  command
    .command('create')
    .summary('make a token, and print it once')
    .description('Make a token, and print it: it cannot be shown again.')
    .requiredOption('--name <name>', 'what it is for; shown in lists and in the audit log')
    .addOption(
      new Option('--scope <name>', 'what it may do').choices(SCOPES).default('run' as const),
    )
    .addOption(dataDirOption())
    .addOption(configOption())
    .addOption(jsonOption('one object'))
    .action(async ({ name, scope, json, config }, self) => {
      const dataDir = await dataDirOf(self, config);
      const made = await inStore(dataDir, ({ tokens }) => tokens.create({ name, scope }));
      print(json ? JSON.stringify(made) : made.token);
    });
  command
    .command('list')
    .summary('list tokens')
    .description('List tokens, without the tokens themselves.')
    .addOption(dataDirOption())
    .addOption(configOption())
    .addOption(jsonOption('one list'))
    .action(async ({ json, config }, self) => {
      const dataDir = await dataDirOf(self, config);
      const tokens = await inStore(dataDir, (store) => store.tokens.list());
      if (json) print(JSON.stringify(tokens));
      else for (const line of facts(tokens.map(lineOf))) print(line);
    });
  command
    .command('revoke')
    .summary('revoke a token')
    .description('Revoke a token: from now on it is none.')
    .argument('<id>', 'as the list has it')
    .addOption(dataDirOption())
    .addOption(configOption())
    .action(async (text, { config }, self) => {
      const dataDir = await dataDirOf(self, config);
      const id = Number(text);
      const token = await inStore(dataDir, ({ tokens }) => tokens.revoke(id));
      print(`revoked ${(token ?? fail('TOKEN_ID_UNKNOWN', { id })).name}`);
    });
}

async function dataDirOf(command: CommandUnknownOpts, config?: string): Promise<string> {
  if (config !== undefined) {
    const { applyConfigFile } = await import('./config-file.ts');
    applyConfigFile(command, config);
  }
  return String(command.getOptionValue('dataDir'));
}

async function inStore<T>(dataDir: string, act: (store: Store) => T): Promise<T> {
  const { openStore } = await import('#store');
  const store = openStore(resolve(dataDir), { alone: false });
  try {
    return act(store);
  } finally {
    store.close();
  }
}

function lineOf({ id, name, scope, lastUsedAt, revokedAt }: ApiToken): [string, string] {
  const state = revokedAt === null ? `last used ${lastUsedAt ?? 'never'}` : `revoked ${revokedAt}`;
  return [String(id), `${name}, ${scope}, ${state}`];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
