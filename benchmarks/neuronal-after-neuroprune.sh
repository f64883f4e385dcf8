#!/usr/bin/env bash
# NeuronAl after NeuroPrune: the shipped language models are trained on, once dense and once with NeuroPrune to some sparsity, with the same steps; then
# both are pruned one-shot to higher sparsities, with every allocation. Zeros that are there are kept and counted.
# Usage: [MODELS="llama-docs opt-docs"] [START=0.5] [STEPS=2000] [THREADS=0] [SPARSUM=COMMAND] benchmarks/neuronal-after-neuroprune.sh CORPUS_FOLDER OUT
# (from the repository root, after a Release build; CORPUS_FOLDER is what `sparsum corpus` wrote)
set -euo pipefail
corpus=$1 out=$2
sparsum=${SPARSUM:-dotnet src/Sparsum.Cli/bin/Release/net10.0/sparsum.dll}
mkdir -p "$out"

for model in ${MODELS:-llama-docs opt-docs}; do
    for method in dense neuroprune; do
        target=(--method "$method")
        [ $method = dense ] || target+=(--sparsity "${START:-0.5}")
        [ -e "$out/$model-$method/run.json" ] || $sparsum pretrain "models/$model" -o "$out/$model-$method" --continue --data "$corpus/train.jsonl" \
            --sequence-length 128 --batch-size 8 --steps "${STEPS:-2000}" --learning-rate 1e-3 "${target[@]}" --resume --quiet --threads "${THREADS:-0}"
    done

    $sparsum sweep recipes/one-shot-tables.json -o "$out/$model-tables" --quiet --threads "${THREADS:-0}" \
        --set-variable "model=[\"$out/$model-dense\",\"$out/$model-neuroprune\"]" --set-variable calibration="$corpus/train.jsonl" \
        --set-variable wikitext2="$corpus/test.jsonl" --set-variable samples=32 --set-variable length=128 \
        --set-variable 'method=["wanda"]' --set-variable 'sparsity=[0.6,0.7,0.8]'
done
