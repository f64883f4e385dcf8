#!/usr/bin/env bash
# Prunes a random model of LLaMA 7B's shape (8 blocks, bfloat16 shards) with Wanda, 8 x 256 tokens, and checks the peak memory that the
# run record states against 1.5 blocks in float32 + activations + 500 MB. Needs 8 GB of disk and some minutes.
# Usage: benchmarks/prune-7b-shape.sh [WORK_FOLDER]   (from the repository root, after a Release build)
set -euo pipefail
work=${1:-$(mktemp -d)}
rm -rf "$work/big" "$work/big-pruned"
dotnet tools/Sparsum.RandomModel/bin/Release/net10.0/Sparsum.RandomModel.dll "$work/big" blocks=8 shardMegabytes=1000
dotnet src/Sparsum.Cli/bin/Release/net10.0/sparsum.dll prune "$work/big" -o "$work/big-pruned" --method wanda --sparsity 0.5 \
    --calibration "$work/big/calibration.ids.safetensors" --quiet --json >"$work/record.json"

field() { sed -n "s/.*\"$2\": *\([0-9]*\).*/\1/p" "$1" | tail -1; }
peak=$(field "$work/record.json" peakBytes)
block=$(field "$work/big-pruned/pruning.json" blockBytes)
hidden=$(field "$work/big-pruned/pruning.json" hiddenStateBytes)
bound=$((block * 3 / 2 + hidden + 500000000))
echo "peak $peak bytes; 1.5 x $block + $hidden + 500000000 = $bound"
test "$peak" -lt "$bound"
