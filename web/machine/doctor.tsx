/** @file What this machine offers, and what verdicts can therefore prove: `plimsoll doctor`, as the service sees it. */
import type { MachineSurvey } from '#protocol';
import { useSurvey, useVersion } from '../api/machine.ts';
import { Problem } from '../frame/notes.tsx';
import { formatBytes } from '../words/bytes.ts';

export function Doctor() {
  const { data: survey, error, refetch } = useSurvey();
  const { data: version } = useVersion();
  if (error && !survey) return <Problem error={error} onRetry={refetch} />;
  if (!survey) return <p className="soft">One moment …</p>;
  return (
    <>
      <ul className="proofs">
        {survey.proves.map(({ what, grade, by }) => (
          <li key={what}>
            <span className={`badge ${GRADES[grade].badge}`}>{GRADES[grade].word}</span>
            <span>
              {sentence(what)} <span className="soft">by: {by}</span>
            </span>
          </li>
        ))}
      </ul>
      <dl className="survey">
        {factsOf(survey).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>Plimsoll</dt>
          <dd>{version ?? '–'}</dd>
        </div>
      </dl>
      {survey.left_groups.length > 0 && <Left survey={survey} />}
    </>
  );
}

const GRADES = {
  proven: { word: 'proven', badge: 'completed' },
  likely: { word: 'likely', badge: '' },
  not: { word: 'not told', badge: 'failed' },
} as const;

function sentence(what: string): string {
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}.`;
}

function factsOf(survey: MachineSurvey): [string, string][] {
  const { cgroup_version: version, limit_bytes: limit, throttle_bytes: throttle } = survey;
  return [
    ['Control groups', version === null ? 'no memory controller' : `version ${version}`],
    ['A group for a run', survey.no_group === null ? 'can be made' : `no: ${survey.no_group}`],
    [
      'Limit around the service',
      `${limit === null ? 'none' : formatBytes(limit)}, ${formatBytes(survey.limit_used_bytes)} in use, set by ${survey.limit_from}`,
    ],
    ...(throttle === null
      ? []
      : [
          [
            'Throttled at',
            `${formatBytes(throttle)}, ${survey.throttle_from}: past it a run may stand still, and is not killed`,
          ] satisfies [string, string],
        ]),
    [
      'Kernel log',
      survey.no_kernel_log === null ? 'readable' : `not readable: ${survey.no_kernel_log}`,
    ],
    ['Waits for memory', pressureWords(survey)],
    ['An OOM kill takes', survey.oom_group ? 'the whole group (memory.oom.group)' : 'one process'],
    [
      'Killers in user space',
      survey.killers.length === 0 ? 'none runs' : survey.killers.join(', '),
    ],
    ['Memory of the machine', formatBytes(survey.memory_bytes)],
    ['Swap', survey.swap_bytes === 0 ? 'none' : formatBytes(survey.swap_bytes)],
  ];
}

function pressureWords({
  machine_pressure: machine,
  group_pressure: group,
}: MachineSurvey): string {
  if (machine && group) return 'can be read of the machine and of the own group (PSI)';
  return machine ? 'can be read of the machine (PSI), not of a group' : 'cannot be read (no PSI)';
}

function Left({ survey: { left_groups: left } }: { readonly survey: MachineSurvey }) {
  return (
    <>
      <h3>Left behind, and watched by nobody</h3>
      <ul>
        {left.map(({ folder, processes }) => (
          <li key={folder} className="mono">
            {folder}: {processes.length === 0 ? 'empty' : `processes ${processes.join(', ')}`}
          </li>
        ))}
      </ul>
    </>
  );
}
