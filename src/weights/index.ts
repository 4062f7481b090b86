/** @file The door of weights/: safetensors, model folders, the hub's cache, tokenizers. */
export type { ModelFiles } from './model-folder.ts';
export { openModel, type OpenModelOptions } from './open-model.ts';
export { readTensor } from './read-tensor.ts';
export { readSafetensorsHeader, type TensorLocation } from './safetensors-header.ts';
export { type StoredTensor, storageOf, storageUnder } from './stored-tensor.ts';
export { checkTokenizerMatches, loadTokenizer, type Tokenizer } from './tokenizer.ts';
export { convertedWeights, type ConvertedWeights } from './weight-cache.ts';
export { type TensorToWrite, writeSafetensors } from './write-safetensors.ts';
