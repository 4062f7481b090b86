/**
 * @file What an adapter adds to a model's graph, in the words of Python's peft: LoRA
 * (Hu et al. 2021) beside linear layers, or a soft prompt (Lester et al. 2021) before the input.
 */
import { fail } from '#base';

export interface LoraSpec {
  readonly kind: 'lora';
  readonly r: number;
  readonly alpha: number;
  /** probability with which an element of the input of A is left out in training */
  readonly dropout: number;
  /** full names of the adapted linear modules, in the model's order */
  readonly modules: readonly string[];
}

export interface SoftPromptSpec {
  readonly kind: 'soft-prompt';
  /** tokens that stand before the source */
  readonly virtualTokens: number;
  /**
   * Rows of the stored matrix. peft stores virtualTokens for each of an encoder-decoder's two
   * submodules and uses the first ones only, so this is 2 x virtualTokens there by default.
   */
  readonly rows: number;
}

export type AdapterSpec = LoraSpec | SoftPromptSpec;

/** peft's name of the soft prompt's matrix in adapter_model.safetensors. */
export const PROMPT_TENSOR = 'prompt_embeddings';

/** peft's names of a module's two LoRA matrices, A (r, in) and B (out, r). */
export function loraTensors(module: string): { a: string; b: string } {
  const prefix = `base_model.model.${module}`;
  return { a: `${prefix}.lora_A.weight`, b: `${prefix}.lora_B.weight` };
}

/**
 * The linear modules that `target_modules` names, by peft's rule: a name fits a module that is
 * called so or ends in `.name`; `all-linear` fits every one but the head.
 *
 * @throws PlimsollError ADAPTER_TARGET_UNKNOWN when a name fits no module
 */
export function resolveTargets(
  linearModules: readonly string[],
  targets: readonly string[] | 'all-linear',
): readonly string[] {
  if (targets === 'all-linear') return linearModules.filter((module) => module !== 'lm_head');
  for (const target of targets) {
    if (!linearModules.some((module) => fits(module, target))) {
      const known = [...new Set(linearModules.map((module) => module.replace(/^.*\./, '')))];
      fail('ADAPTER_TARGET_UNKNOWN', { target, known });
    }
  }
  return linearModules.filter((module) => targets.some((target) => fits(module, target)));
}

function fits(module: string, target: string): boolean {
  return module === target || module.endsWith(`.${target}`);
}
