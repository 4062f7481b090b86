#!/bin/sh
# Makes the embedded base model from nothing, in the folder OUT: text, tokenizer, weights. About an hour
# and a half on two cores; a run that was interrupted goes on from its last checkpoint.
#
#   sh scripts/base-model/make.sh OUT DATA
#
# DATA holds snips/train.jsonl, which is trained on, and home-intents/, which is kept out. What a file of
# assets/ would become lies in OUT/model at the end; nothing in assets/ is changed.
set -eu
mkdir -p "$1"
out=$(realpath "$1") data=$(realpath "$2")
cd "$(dirname -- "$0")/../.."
plimsoll=bin/plimsoll

if [ ! -e "$out/corpus/train.jsonl" ]; then
  npx tsx scripts/base-model/corpus.ts --out "$out/corpus" --count 360000 \
    --real "$data/snips/train.jsonl" \
    --exclude assets/examples/household.db \
    --exclude "$data/home-intents/train.jsonl" \
    --exclude "$data/home-intents/valid.jsonl" \
    --exclude "$data/home-intents/test.jsonl"
fi

if [ ! -e "$out/initial/config.json" ]; then
  npx tsx scripts/base-model/bpe.ts --text "$out/corpus/train.jsonl" --out "$out/tokenizer"
  $plimsoll model init plimsoll-mini --output "$out/initial" --tokenizer "$out/tokenizer" --seed 1
fi

run=$out/runs/weights
if ls "$run"/checkpoint/* >/dev/null 2>&1; then
  $plimsoll train --resume-from "$run"
else
  $plimsoll train --method full --base-model "$out/initial" --data "$out/corpus/train.jsonl" \
    --valid-data "$out/corpus/valid.jsonl" --output-dir "$out/runs" --run-id weights \
    --max-samples all --epochs 1 --batch-size 16 --gradient-accumulation-steps 1 \
    --learning-rate 5e-4 --schedule cosine --warmup-steps 500 --dropout 0 --seed 1 \
    --checkpoint-every 1000
fi

$plimsoll model convert "$run/model" --output "$out/model" --dtype fp16
