#!/usr/bin/env bash
# The tables of docs/results.md: perplexity after one-shot pruning of small trained models.
# Usage: [MODELS="stories260K llama-3m opt-3m"] benchmarks/one-shot-tables.sh MODELS_FOLDER DATA_FOLDER
# (from the repository root, after a Release build)
set -euo pipefail
models=$1 data=$2
sparsum() { dotnet src/Sparsum.Cli/bin/Release/net10.0/sparsum.dll "$@"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

perplexity() { # model, then the options of the protocol
    sparsum evaluate "$@" --json --quiet 2>/dev/null | sed -n 's/.*"perplexity": *\([0-9][0-9.]*\).*/\1/p' | head -1
}

dense() { # model | protocol options
    # shellcheck disable=SC2086
    printf '| %s | dense | | 0 | %.5g |\n' "$1" "$(perplexity "$models/$1" $2)"
}

pruned() { # model | method | granularity | sparsity | calibration options | protocol options
    rm -rf "$work/pruned"
    # shellcheck disable=SC2086
    sparsum prune "$models/$1" -o "$work/pruned" --method "$2" --granularity "$3" --sparsity "$4" $5 --quiet >/dev/null 2>&1
    # shellcheck disable=SC2086
    printf '| %s | %s | %s | %s | %.4g |\n' "$1" "$2" "$3" "$4" "$(perplexity "$work/pruned" $6)"
}

stories="--perplexity $data/tinystories/tinystories-1000.jsonl --documents 0..19 --window 512"
stories_calibration="--calibration $data/tinystories/tinystories-1000.jsonl --samples 64 --sequence-length 128"
web="--perplexity $data/openwebtext/openwebtext-1000.jsonl --documents 900..999 --protocol concatenated --window 512"
wiki="--perplexity $data/wikitext-2-raw/wiki.test.raw --protocol joined --window 512"
web_calibration="--calibration $data/openwebtext/openwebtext-1000.jsonl --samples 64 --sequence-length 512"

for model in ${MODELS:-stories260K llama-3m opt-3m}; do
    echo
    echo '| model | method | granularity | sparsity | perplexity |'
    echo '| --- | --- | --- | --- | --- |'
    if [ "$model" = stories260K ]; then
        dense $model "$stories"
        for granularity in layer layer-kth; do
            for sparsity in 0.2 0.3 0.5 0.7; do pruned $model magnitude $granularity $sparsity "" "$stories"; done
        done
        for method in magnitude wanda; do
            for sparsity in 0.3 0.4 0.5 0.7; do pruned $model $method row $sparsity "$stories_calibration" "$stories"; done
        done
    else
        dense "$model" "$wiki"
        dense "$model" "$web"
        for method in magnitude wanda; do
            for sparsity in 0.3 0.5 0.7; do pruned "$model" $method row $sparsity "$web_calibration" "$web"; done
        done
    fi
done
