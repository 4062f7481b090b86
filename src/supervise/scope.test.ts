/** @file Where a scope of systemd may be asked for, and how. Only the decision: no systemd runs for tests. */
import { expect, it } from 'vitest';
import { decideScope, scopeCommand, type Surroundings, systemdVersion } from './scope.ts';

const DESKTOP: Surroundings = {
  systemd: true,
  systemdRun: true,
  cgroupVersion: 2,
  root: false,
  userBus: true,
  limited: false,
};

const no = (reason: RegExp) => ({ manager: null, reason: expect.stringMatching(reason) });

it.each([
  ['a session of a user', {}, { manager: 'user' }],
  ['root', { root: true, userBus: false }, { manager: 'system' }],
  ['root on version 1', { root: true, cgroupVersion: 1 }, { manager: 'system' }],
  ['a container without an init', { systemd: false }, no(/systemd does not run/)],
  ['no systemd-run', { systemdRun: false }, no(/not installed/)],
  ['a service with a limit', { limited: true, root: true }, no(/escape the limit/)],
  ['a user on version 1', { cgroupVersion: 1 }, no(/version 2 only/)],
  ['a user without a session (cron, su)', { userBus: false }, no(/cannot be reached/)],
] as const)('%s', (_, changes, expected) => {
  expect(decideScope({ ...DESKTOP, ...changes })).toEqual(expected);
});

it('the command line: the groups below are ours, and variables stay as they are written', () => {
  expect(scopeCommand('plimsoll-1', 'user', 252).join(' ')).toBe(
    'systemd-run --user --scope --quiet --collect --unit=plimsoll-1.scope --property=Delegate=yes --',
  );
  expect(scopeCommand('plimsoll-1', 'system', 254).join(' ')).toBe(
    'systemd-run --scope --quiet --collect --unit=plimsoll-1.scope --property=Delegate=yes --expand-environment=no --',
  );
});

it.each([
  ['systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT', 252],
  ['systemd 257.9 (257.9-0ubuntu2)', 257],
  ['', null],
])('%j is version %s', (text, version) => {
  expect(systemdVersion(text)).toBe(version);
});
