/** @file How a limit of memory is written where it was set: lines to type, or to put into a file. Pure. */
import { sizeText } from '#base';
import type { LimitOrigin } from '#protocol';

export interface NewLimit {
  readonly bytes: number;
  /** what the service holds with no run under way, and so should be promised; null where it is not known */
  readonly reservation: number | null;
}

/** Of what the place that set it is asked for. Sizes are whole MiB. */
export function linesToSet(origin: LimitOrigin, limit: NewLimit): string[] {
  switch (origin.kind) {
    case 'flag':
      return [`plimsoll run --memory ${sizeText(limit.bytes)} -- ...`];
    case 'container':
      return containerLines(origin, limit);
    case 'kubernetes':
      return kubernetesLines(origin, limit);
    case 'systemd':
      return systemdLines(origin, limit);
    case 'slurm':
      return slurmLines(origin, limit);
    case 'rlimit':
      // It counts address space, of which programs reserve far more than they use.
      return [`ulimit ${RLIMIT_FLAGS[origin.name]} unlimited`];
    case 'machine':
    case 'cgroup':
      break; // nobody is known whom one could ask
  }
  return [];
}

const RLIMIT_FLAGS = { RLIMIT_AS: '-v', RLIMIT_DATA: '-d' } as const;

type Of<K extends LimitOrigin['kind']> = Extract<LimitOrigin, { readonly kind: K }>;

/** Memory and swap are one number to these: without the second the first cannot rise above it. */
function containerLines({ engine, id }: Of<'container'>, limit: NewLimit): string[] {
  const tool = engine === null ? 'docker' : UPDATERS[engine];
  const value = sizeText(limit.bytes).toLowerCase();
  const name = id === null ? 'CONTAINER' : id.slice(0, 12);
  return [
    'in docker-compose.yml, below the service (plimsoll explain --apply does it):',
    '  deploy:',
    '    resources:',
    '      limits:',
    `        memory: ${sizeText(limit.bytes)}`,
    ...(limit.reservation === null
      ? []
      : ['      reservations:', `        memory: ${sizeText(limit.reservation)}`]),
    ...(tool === null
      ? []
      : [
          'or, until the container is made anew:',
          `  ${tool} update --memory ${value} --memory-swap ${value} ${name}`,
        ]),
  ];
}

/** What changes a container's limit from outside; CRI-O has nothing of its own: Kubernetes does it there. */
const UPDATERS = {
  docker: 'docker',
  podman: 'podman',
  containerd: 'nerdctl',
  'cri-o': null,
} as const;

/** Requests equal to limits keep a pod guaranteed; a burstable one requests what it was seen to need. */
function kubernetesLines({ level, quality }: Of<'kubernetes'>, limit: NewLimit): string[] {
  if (level === 'node') return []; // what its kubelet keeps for pods: no pod can change that
  const request = quality === 'burstable' ? (limit.reservation ?? limit.bytes) : limit.bytes;
  return [
    level === 'pod'
      ? "in the pod's template: its limit is the sum of its containers'"
      : "in the pod's template, below the container:",
    '  resources:',
    '    requests:',
    `      memory: ${sizeText(request)}i`,
    '    limits:',
    `      memory: ${sizeText(limit.bytes)}i`,
  ];
}

function systemdLines({ unit, manager }: Of<'systemd'>, limit: NewLimit): string[] {
  const user = manager === 'user' ? ' --user' : '';
  const name = /^[\w.@:-]+$/.test(unit) ? unit : `'${unit}'`; // systemd escapes with backslashes
  const value = sizeText(limit.bytes);
  const set = `systemctl${user} set-property ${name} MemoryMax=${value}`;
  // A scope ends with its processes, and its settings with it.
  if (unit.endsWith('.scope')) {
    return [set, 'or, to start anew:', `  systemd-run${user} --scope -p MemoryMax=${value} -- ...`];
  }
  return [
    set,
    `or in a drop-in (systemctl${user} edit ${name}):`,
    unit.endsWith('.slice') ? '  [Slice]' : '  [Service]',
    `  MemoryMax=${value}`,
  ];
}

function slurmLines({ step }: Of<'slurm'>, limit: NewLimit): string[] {
  const value = sizeText(limit.bytes);
  const ofStep =
    step !== null && /^\d+$/.test(step) ? [`and for its step: srun --mem=${value} ...`] : [];
  return [`#SBATCH --mem=${value}`, ...ofStep];
}
