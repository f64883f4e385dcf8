#!/bin/sh
# Trains the models under models/ anew, from the documentation of the .NET SDK that is installed. The same SDK, the same version of Sparsum
# and a processor with the same vector units give the same weights. Run it in the root of the repository; results are left in
# artifacts/models, the text in artifacts/corpus.
#
# usage: benchmarks/train-shipped-models.sh [NAME...]     (default: bert-docs llama-docs opt-docs)
set -e

sparsum=${SPARSUM:-dotnet run --project src/Sparsum.Cli --configuration Release --}
data=artifacts/corpus
out=artifacts/models
[ -d "$data" ] || $sparsum corpus -o "$data"

train() {
  from=$1
  name=$2
  shift 2
  $sparsum pretrain "$from" -o "$out/$name" --data "$data/train.jsonl" --validation "$data/validation.jsonl" \
    --schedule cosine --weight-decay 0.01 --checkpoint-steps 500 --seed 0 "$@"
}

for name in ${@:-bert-docs llama-docs opt-docs}; do
  case $name in
    bert-docs)
      # Short sequences first: where to look is learned several times sooner among 32 positions than among 128, and positions that begin as
      # sines carry it over.
      train models/recipes/bert-docs.json bert-docs-short --train-tokenizer wordpiece --vocabulary-size 4096 --positions sinusoidal \
        --sequence-length 32 --batch-size 16 --epochs 2 --learning-rate 1e-3 --warmup 0.03
      train "$out/bert-docs-short" bert-docs --continue \
        --sequence-length 128 --batch-size 8 --epochs 2 --learning-rate 7e-4 --warmup 0.05 --dtype float16
      ;;
    llama-docs | opt-docs)
      train "models/recipes/$name.json" "$name" --train-tokenizer bpe --vocabulary-size 2048 \
        --sequence-length 128 --batch-size 8 --epochs 2 --learning-rate 2e-3 --warmup 0.05 --dtype float16
      ;;
    *)
      echo "There is no recipe '$name'." >&2
      exit 2
      ;;
  esac
done
