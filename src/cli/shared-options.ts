/** @file Flags that several commands have, in one wording. */
import { Option } from '@commander-js/extra-typings';
import { parseBytes } from '#base';
import { machineMemory, memoryLimit } from '#kernel';
import { count, precision } from './flag-values.ts';

export const jsonOption = (what: string) => new Option('--json', what);

export const revisionOption = () =>
  new Option('--revision <name>', 'branch, tag or commit of a model on the hub');

export const tokenOption = () =>
  new Option('--token <token>', 'for the hub; other processes can see it here: HF_TOKEN is safer');

export const offlineOption = () =>
  new Option('--offline', 'use only what the cache has of the hub (as HF_HUB_OFFLINE=1)');

export const memoryOption = () =>
  new Option(
    '--memory <size>',
    'what the run may use, such as 512M or 1.5GiB (default: what the limits around it allow)',
  ).argParser((text) => memoryLimit(text, machineMemory()));

/** What a service says of the runs that share its container. */
export const shareOfOption = () =>
  new Option(
    '--share-of <size>',
    'plan as under this limit, of which --memory is the share: pages of files may fill the rest, unless --memory is enforced (default: --memory)',
  ).argParser((text) => parseBytes(text));

/** What `plimsoll run` measured, for the attempt after it. */
export const correctionOption = () =>
  new Option(
    '--correction <size>',
    'what an attempt before took beyond its prediction: the planner adds it to each plan (default: nothing)',
  ).argParser((text) => parseBytes(text));

export const threadsOption = () => countOption('--threads <n>', 'threads that compute', 2);

export const precisionOption = () =>
  new Option(
    '--precision <name>',
    "of the base model's weights: auto (as they are stored), fp32, bf16, int8 or int4 (default: auto)",
  ).argParser((text) => precision(text, '--precision'));

export const modelOption = () =>
  new Option(
    '--model <ref>',
    "folder, or name on the hub (default: the adapter's base, else the embedded base)",
  );

export const adapterOption = () =>
  new Option('--adapter <dir>', 'folder of an adapter, or of a run');

/** A flag with a whole number of 1 or more. */
export function countOption<const U extends `--${string} <${string}>`>(
  usage: U,
  help: string,
  preset: number,
) {
  const flag = usage.split(' ')[0] ?? usage;
  return new Option(usage, help).default(preset).argParser((text) => count(text, flag));
}

/** Lets the hub's client know: it reads these two from the environment, as Python's does. */
export function applyHubAccess(given: {
  readonly token?: string | undefined;
  readonly offline?: true | undefined;
}): void {
  if (given.token !== undefined) process.env['HF_TOKEN'] = given.token;
  if (given.offline) process.env['HF_HUB_OFFLINE'] = '1';
}
