"""What both directions share: a base model, a batch, and what the model makes of it."""

import json

import torch
import transformers.generation.utils
from safetensors.torch import save_file
from transformers import T5ForConditionalGeneration

# generate() asks this of every model, and Debian's torch 1.13 cannot import the module that answers
# on Python 3.11 (a dataclass with a mutable default).
transformers.generation.utils.is_fsdp_managed_module = lambda module: False


def load_base(folder):
    torch.manual_seed(0)
    # Two tests at a time share a small machine, and OpenMP's threads spin while they wait.
    torch.set_num_threads(1)
    return T5ForConditionalGeneration.from_pretrained(folder)


def load_batch(file):
    """input_ids, attention_mask, labels (-100: ignored) as recorded in fixtures/*/batch.json."""
    with open(file) as text:
        batch = json.load(text)
    return {name: torch.tensor(batch[name]) for name in ("input_ids", "attention_mask", "labels")}


def write_outputs(model, batch, file, **facts):
    """Loss, logits and the greedy answer: tensors into the file, what is small as JSON on stdout."""
    model.eval()
    with torch.no_grad():
        made = model(**batch)
        answer = model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            do_sample=False,
            num_beams=1,
            max_new_tokens=8,
        )
    save_file({"loss": made.loss.reshape(1), "logits": made.logits.contiguous()}, file)
    print(json.dumps({"loss": made.loss.item(), "generate": answer.tolist(), **facts}))
