/**
 * @file Who set a limit, from the path of the control group that has it. Pure.
 *
 * Paths as engines make them: by the drivers cgroupfs (`/docker/ID`) and systemd
 * (`/system.slice/docker-ID.scope`), both by the kubelet too. A name tells who made a group, not that
 * nobody changed its limit since.
 */
import type { Limit, MemoryGroup } from '#kernel';
import type { LimitOrigin } from '#protocol';

/** What is known besides a path: a namespace shows the container's own group as `/`. */
export interface Around {
  /** why groups further out cannot be seen; null where all can */
  readonly hidden: string | null;
  /** the container that we are in, where it shows */
  readonly container: LimitOrigin | null;
}

export function originOfLimit(
  { kind, group }: { readonly kind: Limit['kind']; readonly group?: MemoryGroup | undefined },
  around: Around,
): LimitOrigin {
  if (group) return originOfGroup(group.path, around);
  switch (kind) {
    case 'given':
      return { kind: 'flag' };
    case 'address-space':
      return { kind: 'rlimit', name: 'RLIMIT_AS' };
    case 'private-writable':
      return { kind: 'rlimit', name: 'RLIMIT_DATA' };
    case 'machine':
      return { kind: 'machine' };
    case 'cgroup':
    case 'throttle':
      break; // of a group that cannot be seen
  }
  return originOfGroup('/', around);
}

/** @param logged the group as the kernel's log names it, which no namespace hides; null where it does not */
export function originOfGroup(
  path: string,
  { hidden, container: ours }: Around,
  logged: string | null = null,
): LimitOrigin {
  if (path !== '/') return originOfPath(path);
  if (hidden === null) return { kind: 'machine' };
  if (logged !== null && logged !== '/') return originOfPath(logged);
  return ours ?? { kind: 'container', engine: null, id: null };
}

/** Nested engines leave their names one below the other: the innermost made the group. */
export function originOfPath(path: string): LimitOrigin {
  const steps = path.split('/').filter((step) => step !== '');
  for (const rule of RULES) {
    const origin = rule(steps);
    if (origin) return origin;
  }
  return { kind: 'cgroup', path };
}

type Rule = (steps: readonly string[]) => LimitOrigin | null;

const RULES: readonly Rule[] = [slurm, kubernetes, container, systemd];

const ID = '[0-9a-f]{64}';

/**
 * Version 1: `/slurm/uid_0/job_7/step_batch/task_0`, or `/slurm_NODE/...`; version 2:
 * `/system.slice/slurmstepd.scope/job_7/step_0/user/task_0`, or `NODE_slurmstepd.scope`.
 */
function slurm(steps: readonly string[]): LimitOrigin | null {
  const at = steps.findLastIndex((step) => /^job_\d+$/.test(step));
  const above = steps.slice(0, at).findLast((step) => !/^uid_\d+$/.test(step)) ?? '';
  const below = steps.slice(at + 1);
  if (at < 0 || !/^slurm(_|$)|slurmstepd\.scope$/.test(above)) return null;
  if (!below.every((step) => /^(step_|task_|user$|slurm$|task_special$)/.test(step))) return null;
  const step = below.find((each) => each.startsWith('step_'))?.slice('step_'.length) ?? null;
  return { kind: 'slurm', job: steps[at]?.slice('job_'.length) ?? '', step };
}

/**
 * `/kubepods/burstable/podUID/ID`, and by systemd `/kubepods.slice/kubepods-burstable.slice/
 * kubepods-burstable-podUID.slice/cri-containerd-ID.scope`, with `_` for the UID's `-`. Where kubelet and
 * containerd disagree about the driver, one step has it all: `kubepods-burstable-podUID.slice:cri-containerd:ID`.
 */
function kubernetes(steps: readonly string[]): LimitOrigin | null {
  const at = steps.findLastIndex((step) => POD.test(step));
  if (at < 0) return pods(steps);
  const step = steps[at] ?? '';
  const [, uid = ''] = POD.exec(step) ?? [];
  const below = steps.slice(at + 1);
  if (below.length > 0 && !isContainer(below)) return null; // made in the container
  return {
    kind: 'kubernetes',
    level: below.length > 0 || step.includes(':') ? 'container' : 'pod',
    quality: qualityOf(steps),
    pod: uid.replaceAll('_', '-'),
  };
}

/** What the pods of a node may have together, or those of one quality. */
function pods(steps: readonly string[]): LimitOrigin | null {
  const last = steps.at(-1) ?? '';
  if (!/(^|-)(kubepods|kubepods-burstable|kubepods-besteffort)(\.slice)?$/.test(last)) {
    const inside = steps.at(-2) === 'kubepods' && /^(burstable|besteffort)$/.test(last);
    if (!inside) return null;
  }
  return { kind: 'kubernetes', level: 'node', quality: null, pod: null };
}

/** A pod's uid; of a static pod, which the node's own files define, a hash without hyphens. */
const POD = /(?:^|-)pod([0-9a-f]{8}(?:[_-]?[0-9a-f]{4}){3}[_-]?[0-9a-f]{12})(?:\.slice|$|:)/;

function qualityOf(steps: readonly string[]) {
  const path = steps.join('/');
  return /burstable/.test(path)
    ? 'burstable'
    : /besteffort/.test(path)
      ? 'best-effort'
      : 'guaranteed';
}

function isContainer(steps: readonly string[]): boolean {
  return container(['', ...steps]) !== null;
}

const ENGINES = {
  docker: 'docker',
  libpod: 'podman',
  nerdctl: 'containerd',
  'cri-containerd': 'containerd',
  crio: 'cri-o',
} as const;

const SCOPE = new RegExp(`^(docker|libpod|nerdctl|cri-containerd|crio)-(${ID})(?:\\.scope)?$`);

/** crun puts the processes of a container into a group `container` below that with the limit. */
function container(steps: readonly string[]): LimitOrigin | null {
  const own = steps.at(-1) === 'container' && SCOPE.test(steps.at(-2) ?? '');
  const [above = '', last = ''] = (own ? steps.slice(0, -1) : steps).slice(-2);
  const [, name, id = null] = SCOPE.exec(last) ?? [];
  if (isEngine(name)) return { kind: 'container', engine: ENGINES[name], id };
  if (!new RegExp(`^${ID}$`).test(last)) return null;
  // The name above is a folder of Docker's, a namespace of containerd's, or what --cgroup-parent says.
  const engine = above === 'docker' ? 'docker' : above === 'default' ? 'containerd' : null;
  return { kind: 'container', engine, id: last };
}

function isEngine(name: string | undefined): name is keyof typeof ENGINES {
  return name !== undefined && name in ENGINES;
}

/** Below `user@1000.service` a user's own systemd rules. */
function systemd(steps: readonly string[]): LimitOrigin | null {
  const unit = steps.at(-1) ?? '';
  if (!/\.(service|scope|slice)$/.test(unit)) return null;
  const user = steps.slice(0, -1).some((step) => /^user@\d+\.service$/.test(step));
  return { kind: 'systemd', unit, manager: user ? 'user' : 'system' };
}
