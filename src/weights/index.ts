/** @file The door of weights/: safetensors, model folders, the hub's cache, tokenizers. */
export { readTensor } from './read-tensor.ts';
export { readSafetensorsHeader, type TensorLocation } from './safetensors-header.ts';
export { type TensorToWrite, writeSafetensors } from './write-safetensors.ts';
