/** @file Paths of control groups as engines make them, and who that tells. */
import { expect, it } from 'vitest';
import { originOfPath } from './limit-origin.ts';

const ID = 'e51b0667b8d6a4be40a63f111790f07acf853a1419918bd469f5d60056981ea3';
const UID = '74c13223-5a00-11e9-b385-42010a80018d';
const UNDERSCORED = UID.replaceAll('-', '_');

it.each([
  // Docker: cgroupfs, systemd, rootless, in another container, with --cgroup-parent
  [`/docker/${ID}`, 'docker'],
  [`/system.slice/docker-${ID}.scope`, 'docker'],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`, 'docker'],
  [`/docker/${ID.replace('e5', 'aa')}/docker/${ID}`, 'docker'],
  [`/training/${ID}`, null],
  // podman: cgroupfs, systemd, rootless, and crun's group below
  [`/libpod_parent/libpod-${ID}`, 'podman'],
  [`/machine.slice/libpod-${ID}.scope`, 'podman'],
  [`/machine.slice/libpod-${ID}.scope/container`, 'podman'],
  [
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
    'podman',
  ],
  // containerd by nerdctl: cgroupfs, systemd
  [`/default/${ID}`, 'containerd'],
  [`/system.slice/nerdctl-${ID}.scope`, 'containerd'],
] as const)('%s is a container', (path, engine) => {
  expect(originOfPath(path)).toEqual({ kind: 'container', engine, id: ID });
});

const SLICE = '/kubepods.slice/kubepods-burstable.slice';

it.each([
  // the driver cgroupfs, each quality of service
  [`/kubepods/burstable/pod${UID}/${ID}`, 'container', 'burstable'],
  [`/kubepods/besteffort/pod${UID}/${ID}`, 'container', 'best-effort'],
  [`/kubepods/pod${UID}/${ID}`, 'container', 'guaranteed'],
  [`/kubepods/burstable/pod${UID}`, 'pod', 'burstable'],
  // systemd: containerd, CRI-O, Docker
  [
    `${SLICE}/kubepods-burstable-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    'container',
    'burstable',
  ],
  [
    `${SLICE}/kubepods-burstable-pod${UNDERSCORED}.slice/crio-${ID}.scope`,
    'container',
    'burstable',
  ],
  [
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/docker-${ID}.scope`,
    'container',
    'guaranteed',
  ],
  [
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-${ID}.scope/container`,
    'container',
    'guaranteed',
  ],
  [
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice`,
    'pod',
    'best-effort',
  ],
  // the kubelet and containerd with different drivers; a node that is a container itself (kind)
  [
    `/system.slice/containerd.service/kubepods-burstable-pod${UNDERSCORED}.slice:cri-containerd:${ID}`,
    'container',
    'burstable',
  ],
  [`/docker/${ID}/kubelet/kubepods/besteffort/pod${UID}/${ID}`, 'container', 'best-effort'],
  [
    `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    'container',
    'guaranteed',
  ],
] as const)('%s is of a pod', (path, level, quality) => {
  expect(originOfPath(path)).toEqual({ kind: 'kubernetes', level, quality, pod: UID });
});

it('a static pod has a hash for an id', () => {
  const hash = '8c22ee6f5b3d4a0f9c6f6f0e1f4f2b1a';
  expect(originOfPath(`/kubepods/burstable/pod${hash}/${ID}`)).toMatchObject({ pod: hash });
});

it.each([
  '/kubepods',
  '/kubepods/burstable',
  '/kubepods.slice',
  SLICE,
  '/kubelet.slice/kubelet-kubepods.slice',
])('%s is of all pods of the node', (path) => {
  expect(originOfPath(path)).toMatchObject({ kind: 'kubernetes', level: 'node', pod: null });
});

it.each([
  ['/slurm/uid_0/job_2/step_batch/task_0', '2', 'batch'],
  ['/slurm_node1/uid_1000/job_17/step_0', '17', '0'],
  ['/slurm/uid_0/job_2', '2', null],
  ['/system.slice/slurmstepd.scope/job_31/step_0/user/task_0', '31', '0'],
  ['/system.slice/node1_slurmstepd.scope/job_31', '31', null],
])('%s is of a Slurm job', (path, job, step) => {
  expect(originOfPath(path)).toEqual({ kind: 'slurm', job, step });
});

it.each([
  ['/system.slice/train.service', 'train.service', 'system'],
  ['/system.slice/system-train.slice/train@night.service', 'train@night.service', 'system'],
  ['/user.slice/user-1000.slice', 'user-1000.slice', 'system'],
  ['/user.slice/user-1000.slice/user@1000.service', 'user@1000.service', 'system'],
  ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', 'system'],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/run-u12.scope',
    'run-u12.scope',
    'user',
  ],
  ['/machine.slice/libpod-conmon-ab12.scope', 'libpod-conmon-ab12.scope', 'system'],
])('%s is a unit of systemd', (path, unit, manager) => {
  expect(originOfPath(path)).toEqual({ kind: 'systemd', unit, manager });
});

it.each([
  '/',
  '/jobs/one',
  `/docker/${ID}/jobs`, // made in the container, not by its engine
  `/kubepods/pod${UID}/${ID}/jobs`,
  '/slurm/uid_0/job_2/step_0/mine',
  '/job_2',
  '/system.slice/train.service/worker',
  '/docker/buildkit',
])('%s is a group that somebody made', (path) => {
  expect(originOfPath(path)).toEqual({ kind: 'cgroup', path });
});
