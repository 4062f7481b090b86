"""Trains with the reference, transformers' Trainer with peft's LoRA on a T5, and says each step.

    bash bench/reference/setup.sh
    bench/reference/python bench/reference/train_step.py --source 384 --target 384 --steps 6

Prints one JSON object a line: `step` events in the shape of Plimsoll's own, then `versions` with
what ran and its peak. Dropout, batch size, accumulation and optimizer are those of the training
program that Plimsoll replaces.
"""

import argparse
import json
import tempfile
import time

from versions import versions


def main():
    options = parse_options()
    if options.init_model:
        flan_t5_small().save_pretrained(options.init_model)
        return
    train(options)
    say("versions", peak_rss_bytes=peak_rss_bytes(), **versions())


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--init-model", metavar="DIR", help="write a random model of flan-t5-small's shape and stop"
    )
    parser.add_argument(
        "--model", metavar="DIR", help="a T5's folder (default: flan-t5-small's shape, random weights)"
    )
    parser.add_argument("--source", type=int, default=384, help="source tokens of every example")
    parser.add_argument("--target", type=int, default=384, help="target tokens of every example")
    parser.add_argument("--steps", type=int, default=6, help="optimizer steps")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dropout", type=float, help="instead of the model's rate and LoRA's 0.05")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def train(options):
    import torch
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import PrinterCallback, Trainer, TrainingArguments, set_seed

    torch.set_num_threads(options.threads)
    set_seed(options.seed)
    model = load(options)
    if options.gradient_checkpointing:
        model.enable_input_require_grads()
    lora = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=16,
        lora_alpha=16,
        lora_dropout=0.05 if options.dropout is None else options.dropout,
        target_modules=["q", "v"],
    )
    model = get_peft_model(model, lora)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=1,
                gradient_accumulation_steps=2,
                max_steps=options.steps,
                learning_rate=5e-5,
                optim="adamw_torch",
                gradient_checkpointing=options.gradient_checkpointing,
                logging_steps=1,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
                seed=options.seed,
            ),
            train_dataset=random_examples(options, model.config.vocab_size),
            callbacks=[step_events(options.source + options.target)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()


def load(options):
    from transformers import T5ForConditionalGeneration

    if options.model is None:
        return flan_t5_small(options.dropout)
    changed = {} if options.dropout is None else {"dropout_rate": options.dropout}
    return T5ForConditionalGeneration.from_pretrained(options.model, **changed)


def flan_t5_small(dropout=None):
    """google/flan-t5-small's config.json, with random weights.

    The head is drawn narrower than transformers does (1 for each input of its 512): logits as wide
    as those make the softmax's gradient mostly denormal numbers, which slow one matrix product of
    the step 60 times. Trained heads do not.
    """
    from transformers import T5Config, T5ForConditionalGeneration

    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=32128,
            d_model=512,
            d_kv=64,
            d_ff=1024,
            num_layers=8,
            num_decoder_layers=8,
            num_heads=6,
            relative_attention_num_buckets=32,
            relative_attention_max_distance=128,
            dropout_rate=0.1 if dropout is None else dropout,
            layer_norm_epsilon=1e-6,
            feed_forward_proj="gated-gelu",
            tie_word_embeddings=False,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            use_cache=True,
        )
    )
    model.lm_head.weight.data.mul_(model.config.d_model**-0.5)
    return model


def random_examples(options, vocab_size):
    """Every example has exactly the lengths asked for, so no position of the work is padding."""
    import torch

    def example(index):
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + index)
        source = torch.randint(2, vocab_size, (options.source,), generator=generator)
        target = torch.randint(2, vocab_size, (options.target,), generator=generator)
        return {"input_ids": source, "attention_mask": torch.ones_like(source), "labels": target}

    return [example(index) for index in range(2 * options.steps)]


def step_events(tokens_of_example):
    from transformers import TrainerCallback

    class StepEvents(TrainerCallback):
        """A step runs from the end of the one before: fetching its batch is part of it."""

        last = None

        def on_step_begin(self, args, state, control, **kwargs):
            self.last = self.last or time.perf_counter()

        def on_step_end(self, args, state, control, **kwargs):
            now = time.perf_counter()
            self.seconds = now - self.last
            self.last = now

        def on_log(self, args, state, control, logs, **kwargs):
            if "loss" in logs:  # the last log has the totals instead
                say(
                    "step",
                    step=state.global_step,
                    loss=logs["loss"],
                    tokens=tokens_of_example * args.gradient_accumulation_steps,
                    seconds=self.seconds,
                )

    return StepEvents()


def say(event, **facts):
    print(json.dumps({"type": event, **facts}), flush=True)


def peak_rss_bytes():
    with open("/proc/self/status") as lines:
        high = next(line for line in lines if line.startswith("VmHWM:"))
    return int(high.split()[1]) * 1024


if __name__ == "__main__":
    main()
