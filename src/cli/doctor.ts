/** @file `plimsoll doctor`: what this machine offers to `plimsoll run`. */
import type { Command } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import type { MachineSurvey } from '#protocol';
import { surveyMachine } from '#supervise';
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

function doctorLines(survey: MachineSurvey): string[] {
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
        'kills in its own group',
        survey.counters ? 'are counted, and can be read' : 'cannot be read, or are not counted',
      ],
      ...scopeFacts(survey),
      [
        'limit',
        `${limit === null ? 'none' : formatBytes(limit)}, ${formatBytes(survey.limit_used_bytes)} in use, set by ${survey.limit_from}`,
      ],
      [
        'throttled at',
        survey.throttle_bytes === null
          ? 'nothing'
          : `${formatBytes(survey.throttle_bytes)}, ${survey.throttle_from}: past it a command may stand still for ever, and is not killed`,
      ],
      [
        'an OOM kill takes',
        survey.oom_group ? 'the whole group (memory.oom.group)' : 'one process',
      ],
      ['waits for memory', pressureText(survey)],
      [
        'kernel log',
        survey.no_kernel_log === null ? 'readable' : `not readable: ${survey.no_kernel_log}`,
      ],
      ['systemd', survey.systemd ? 'runs here' : 'does not run here'],
      ['killers in user space', killers.length === 0 ? 'none runs' : killers.join(', ')],
      [
        'their logs',
        survey.killer_logs.length === 0 ? 'none can be read' : survey.killer_logs.join(', '),
      ],
      ['memory', formatBytes(survey.memory_bytes)],
      [
        'swap',
        survey.swap_bytes === 0
          ? 'none'
          : `${formatBytes(survey.swap_bytes)}; none for a command with a limit of its own`,
      ],
    ]),
    ...leftLines(survey),
    '',
    'What verdicts can prove here:',
    ...survey.proves.map(({ what, grade, by }) => `  ${grade.padEnd(6)}  ${what} (${by})`),
  ];
}

/** Only where something was left. */
function leftLines({ left_groups: left }: MachineSurvey): string[] {
  if (left.length === 0) return [];
  return [
    '',
    'Left behind by a plimsoll run that was killed, and its warden too; nobody watches them:',
    ...left.map(({ folder, processes }) =>
      processes.length === 0
        ? `  ${folder}: empty; rmdir removes it`
        : `  ${folder}: processes ${processes.join(', ')}; when these have ended, rmdir removes it`,
    ),
  ];
}

/** Only where it matters. */
function scopeFacts({ no_group, scope, no_scope }: MachineSurvey): [string, string][] {
  if (no_group === null) return [];
  return [['scope of systemd', scope === null ? `no: ${no_scope}` : `can be asked for (${scope})`]];
}

function pressureText({ machine_pressure: machine, group_pressure: group }: MachineSurvey): string {
  if (machine && group) return 'can be read of the machine and of the own group (PSI)';
  return machine ? 'can be read of the machine (PSI), not of a group' : 'cannot be read (no PSI)';
}
