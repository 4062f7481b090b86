"""Loads an adapter with Python's peft, whoever wrote it, and writes what the model then computes.

    python load_adapter.py --base DIR --adapter DIR --batch FILE --output FILE.safetensors

peft passes over tensors that it misses or does not know; here either is an error.
"""

import argparse
import sys

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from seq2seq import load_base, load_batch, write_outputs


def main():
    parser = argparse.ArgumentParser()
    for name in ("base", "adapter", "batch", "output"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    model = PeftModel.from_pretrained(load_base(options.base), options.adapter)
    check_loaded(model, options.adapter)
    config = model.peft_config["default"]
    write_outputs(
        model,
        load_batch(options.batch),
        options.output,
        peft_type=config.peft_type.value,
        task_type=str(getattr(config.task_type, "value", config.task_type)),
    )


def check_loaded(model, folder):
    """Every tensor of the file is in the model, and the model has no others."""
    stored = load_file(f"{folder}/adapter_model.safetensors")
    loaded = get_peft_model_state_dict(model)
    if stored.keys() != loaded.keys():
        differing = sorted(stored.keys() ^ loaded.keys())
        sys.exit(f"{folder}: expected the tensors that peft knows; these are on one side only: {differing}")
    for name, tensor in stored.items():
        if not torch.equal(tensor, loaded[name].detach()):
            sys.exit(f"{folder}: '{name}' was not loaded as it stands in the file")


if __name__ == "__main__":
    main()
