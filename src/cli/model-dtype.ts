/** @file The precision of weights that are written. */
import { Option } from '@commander-js/extra-typings';

export const dtypeOption = () =>
  new Option('--dtype <name>', 'precision of the weights').default('fp32' as const).choices(DTYPES);

const DTYPES = ['fp32', 'fp16', 'bf16'] as const;
