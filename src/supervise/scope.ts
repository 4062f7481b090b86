/**
 * @file A scope of systemd, where no control group can be made here: whether to ask for one, and the command
 * line that asks. Pure.
 *
 * `systemd-run --scope` asks systemd for a transient unit, is moved into its group, and then becomes the
 * command: the same process, with the same descriptors (systemd-run(1)). A user's scope lies below
 * user@UID.service. With its last process the unit ends and its group is removed (systemd.scope(5)), counters
 * and all. So it is `plimsoll run` itself that goes into the scope: Delegate=yes gives it the groups below
 * (systemd.resource-control(5)), and it makes the command's there, limits it, reads it and removes it.
 */
export interface Surroundings {
  /** systemd is the init of this machine or container */
  readonly systemd: boolean;
  /** in the search path */
  readonly systemdRun: boolean;
  readonly cgroupVersion: 1 | 2 | null;
  readonly root: boolean;
  /** a user's own systemd can be reached: $XDG_RUNTIME_DIR is there, with its bus */
  readonly userBus: boolean;
  /** whether a group of ours or around it has a limit of its own: a scope lies elsewhere, outside it */
  readonly limited: boolean;
}

export type ScopeDecision =
  { readonly manager: 'system' | 'user' } | { readonly manager: null; readonly reason: string };

/** The first reason that speaks against it; else whose systemd to ask. */
export function decideScope(around: Surroundings): ScopeDecision {
  for (const { against, reason } of OBSTACLES) {
    if (against(around)) return { manager: null, reason };
  }
  return { manager: around.root ? 'system' : 'user' };
}

const OBSTACLES: readonly {
  readonly against: (around: Surroundings) => boolean;
  readonly reason: string;
}[] = [
  { against: ({ systemd }) => !systemd, reason: 'systemd does not run here' },
  { against: ({ systemdRun }) => !systemdRun, reason: 'systemd-run is not installed' },
  {
    against: ({ limited }) => limited,
    reason: 'a scope would escape the limit that holds here',
  },
  {
    // Its memory controller is not given to users ("Delegation", systemd.resource-control(5)).
    against: ({ root, cgroupVersion }) => !root && cgroupVersion !== 2,
    reason: "a user's systemd limits memory on cgroup version 2 only",
  },
  {
    against: ({ root, userBus }) => !root && !userBus,
    reason: "the user's systemd cannot be reached ($XDG_RUNTIME_DIR)",
  },
];

/**
 * What stands before the command.
 *
 * @param version of systemd-run: from 254 on it replaces `${NAME}` in a command, unless told otherwise
 */
export function scopeCommand(name: string, manager: 'system' | 'user', version: number): string[] {
  return [
    'systemd-run',
    ...(manager === 'user' ? ['--user'] : []),
    '--scope',
    '--quiet',
    '--collect', // after a failure too: nothing stays behind
    `--unit=${name}.scope`,
    // With it no policy of systemd's ends the scope on an OOM kill (OOMPolicy=, systemd.scope(5)).
    '--property=Delegate=yes',
    ...(version >= 254 ? ['--expand-environment=no'] : []),
    '--',
  ];
}

/** `systemd 252 (252.39-1~deb12u1)` -> 252; null for what is no such line. */
export function systemdVersion(text: string): number | null {
  const [, version] = /^systemd (\d+)/.exec(text) ?? [];
  return version === undefined ? null : Number(version);
}
