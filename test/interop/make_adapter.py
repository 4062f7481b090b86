"""Trains a small adapter with Python's peft, saves it, and writes what the model then computes.

    python make_adapter.py --base DIR --method lora --batch FILE --adapter DIR --output FILE.safetensors
"""

import argparse

import torch
from peft import LoraConfig, PromptTuningConfig, TaskType, get_peft_model
from seq2seq import load_base, load_batch, write_outputs

STEPS = 5
LEARNING_RATE = 1e-2


def main():
    parser = argparse.ArgumentParser()
    for name in ("base", "batch", "adapter", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--method", choices=METHODS, required=True)
    options = parser.parse_args()
    model = get_peft_model(load_base(options.base), METHODS[options.method])
    batch = load_batch(options.batch)
    losses = train(model, batch)
    model.save_pretrained(options.adapter)
    write_outputs(model, batch, options.output, losses=losses)


# Each differs from the fixtures' adapters in what a reader can get wrong: rank, scale and targets,
# or the number of rows that peft stores for a soft prompt.
METHODS = {
    "lora": LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=3,
        lora_alpha=12,
        lora_dropout=0.0,
        target_modules=["q", "k", "v", "o", "wi_0", "wi_1", "wo"],
    ),
    "soft-prompt": PromptTuningConfig(task_type=TaskType.SEQ_2_SEQ_LM, num_virtual_tokens=7),
}


def train(model, batch):
    model.train()
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=LEARNING_RATE)
    losses = []
    for _ in range(STEPS):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    main()
