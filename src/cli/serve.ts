/** @file `plimsoll serve`: the service. */
import type { Command } from '@commander-js/extra-typings';
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatBytes } from '#base';
import type { AllowedCommand } from '#server';
import { EMBEDDED_BASE_NAME, inPackage } from './bundled.ts';
import { addServiceOptions, configOption } from './service-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll serve --memory 512M --data-dir ./plimsoll-data --root /srv/data
  $ curl -X POST -H "Authorization: Bearer $TOKEN" -d '{"max_samples": 200}' \\
      http://127.0.0.1:8018/api/v1/admin/training/trigger`;

export function define(command: Command): void {
  command.description(
    'Start, watch and explain runs over HTTP. Each run has a limit of its own below that of the service, and waits until its predicted peak fits beside those that run. Runs go on when the service ends, and are found again. The first start prints a token with scope admin, once. /openapi.json says what can be called. Clients may have training run, and commands that the file of --config lists under commands, with the values that it allows; see docs/service.md.',
  );
  const typed = addServiceOptions(command).addOption(configOption());
  typed.addHelpText('after', EXAMPLE).action(async ({ config }) => {
    let commands: AllowedCommand[] = [];
    if (config !== undefined) {
      const { applyConfigFile } = await import('./config-file.ts');
      commands = await applyConfigFile(typed, config).commands();
    }
    const options = typed.opts();
    const { startService } = await import('#server');
    const { host, memory = null, exclusive = false, root } = options;
    const dataDir = resolve(options.dataDir);
    const service = await startService({
      ...options,
      dataDir,
      memory,
      exclusive,
      endRuns: (options.runsOnStop ?? (process.pid === 1 ? 'end' : 'leave')) === 'end',
      roots: (root ?? [join(dataDir, 'files')]).map((folder) => resolve(folder)),
      dashboard: inPackage('dist/web'),
      plimsoll: realpathSync(inPackage('bin/plimsoll')),
      version: version(),
      embeddedModel: EMBEDDED_BASE_NAME,
      commands,
    });
    const { address, capacity, firstToken } = service;
    if (firstToken !== null) say(`first token, scope admin, shown this once: ${firstToken}`);
    say(
      `runs may use ${formatBytes(capacity.bytes)}: ${formatBytes(capacity.limit)} (${capacity.from}), less ${formatBytes(capacity.reserve)} for the service`,
    );
    const shown = host.includes(':') ? `[${host}]` : host;
    say(`listening on http://${shown}:${address.port}`);
    const stop = () => {
      // What it throws becomes a line and an exit code in command-line.ts.
      void service.close().then(() => process.exit(0));
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
