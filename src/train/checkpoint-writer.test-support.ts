/**
 * @file A process for tests to kill: saves checkpoint after checkpoint to the file that it is given,
 * until it dies. In the state of step k each parameter is k, m is -k and v is k/2.
 */
import { saveCheckpoint } from './checkpoint.ts';
import { sampleSpec, sampleTensors } from './checkpoint-samples.test-support.ts';
import { INITIAL_STATE } from './training-state.ts';

const [file = '', from = '', elements = ''] = process.argv.slice(2);
const { parameters, optimizer } = sampleTensors(Number(elements));
for (let step = Number(from); ; step++) {
  for (const { data } of parameters.values()) data.fill(step);
  for (const m of optimizer.m.values()) m.fill(-step);
  for (const v of optimizer.v.values()) v.fill(step / 2);
  optimizer.steps = step;
  saveCheckpoint(
    file,
    { spec: sampleSpec(), state: { ...INITIAL_STATE, step, lossSum: step / 3 } },
    { parameters, optimizer },
  );
}
