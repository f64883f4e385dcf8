#!/bin/sh
# Trains the models under models/ anew, from the documentation of the .NET SDK that is installed. The same SDK and the same version of
# Sparsum give the same weights. Run it in the root of the repository; the results are left under artifacts/models.
#
# usage: benchmarks/train-shipped-models.sh [NAME...]     (default: bert-docs llama-docs opt-docs)
set -e

sparsum=${SPARSUM:-dotnet run --project src/Sparsum.Cli --configuration Release --}
data=artifacts/corpus
[ -d "$data" ] || $sparsum corpus -o "$data"

train() {
  name=$1
  shift
  $sparsum pretrain "models/recipes/$name.json" -o "artifacts/models/$name" \
    --data "$data/train.jsonl" --validation "$data/validation.jsonl" \
    --sequence-length 128 --warmup 0.05 --schedule cosine --weight-decay 0.01 --dtype float16 --checkpoint-steps 200 --seed 0 "$@"
}

for name in ${@:-bert-docs llama-docs opt-docs}; do
  case $name in
    bert-docs) train bert-docs --train-tokenizer wordpiece --vocabulary-size 4096 --batch-size 8 --epochs 4 --learning-rate 1e-3 ;;
    llama-docs) train llama-docs --train-tokenizer bpe --vocabulary-size 2048 --batch-size 8 --epochs 2 --learning-rate 2e-3 ;;
    opt-docs) train opt-docs --train-tokenizer bpe --vocabulary-size 2048 --batch-size 8 --epochs 2 --learning-rate 1e-3 ;;
    *) echo "There is no recipe '$name'." >&2; exit 2 ;;
  esac
done
