/** @file `plimsoll doctor`: what this machine offers to `plimsoll run`. */
import type { Command } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import { type Survey, surveyMachine } from '#supervise';
import { facts } from './format.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll doctor`;

export function define(command: Command): void {
  command
    .description(
      'Say what this machine offers: control groups, limits and who set them, the kernel log, killers in user space, and what verdicts can therefore prove. Changes nothing.',
    )
    .addOption(jsonOption('one object'))
    .addHelpText('after', EXAMPLE)
    .action(async (options) => {
      const survey = await surveyMachine();
      const text = options.json ? JSON.stringify(survey) : doctorLines(survey).join('\n');
      process.stdout.write(`${text}\n`);
    });
}

function doctorLines(survey: Survey): string[] {
  const { cgroup_version: version, limit_bytes: limit, killers } = survey;
  return [
    ...facts([
      ['control groups', version === null ? 'no memory controller' : `version ${version}`],
      [
        'own group',
        `${survey.cgroup ?? 'not seen'}${survey.hidden === null ? '' : ` (${survey.hidden})`}`,
      ],
      ['group for a command', survey.no_group === null ? 'can be made' : `no: ${survey.no_group}`],
      [
        'limit',
        `${limit === null ? 'none' : formatBytes(limit)}, ${formatBytes(survey.limit_used_bytes)} in use, set by ${survey.limit_from}`,
      ],
      [
        'kernel log',
        survey.no_kernel_log === null ? 'readable' : `not readable: ${survey.no_kernel_log}`,
      ],
      ['systemd', survey.systemd ? 'runs here' : 'does not run here'],
      ['killers in user space', killers.length === 0 ? 'none runs' : killers.join(', ')],
      ['memory', formatBytes(survey.memory_bytes)],
      ['swap', survey.swap_bytes === 0 ? 'none' : formatBytes(survey.swap_bytes)],
    ]),
    '',
    'What verdicts can prove here:',
    ...survey.proves.map(({ what, grade, by }) => `  ${grade.padEnd(6)}  ${what} (${by})`),
  ];
}
