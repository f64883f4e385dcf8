#!/usr/bin/env bash
# NeuronAl with Wanda on a random LLaMA of some million parameters: this project against a plain PyTorch script, in turns.
# Prints seconds of the search and of the pruning behind it for each turn, the medians and their ratio, and how many mask bits differ.
# Usage: [ROUNDS=3] [THREADS=2] [PYTHON=python3] [SHAPE="blocks=8 hidden=256 ..."] benchmarks/neuronal-vs-pytorch.sh [WORK_FOLDER]
# (from the repository root, after a Release build; needs torch)
set -euo pipefail
work=${1:-$(mktemp -d)}
threads=${THREADS:-$(nproc)}
shape=${SHAPE:-blocks=8 hidden=256 intermediate=688 heads=8 vocabulary=4096 samples=32 tokens=256}
# shellcheck disable=SC2086
[ -e "$work/model/config.json" ] || dotnet tools/Sparsum.RandomModel/bin/Release/net10.0/Sparsum.RandomModel.dll "$work/model" $shape 2>/dev/null
ids=$work/model/calibration.ids.safetensors

field() { sed -n "s/.*\"$1\": *\([0-9][0-9.eE+-]*\).*/\1/p" | head -1; }
median() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

for round in $(seq "${ROUNDS:-3}"); do
    dotnet src/Sparsum.Cli/bin/Release/net10.0/sparsum.dll prune "$work/model" -o "$work/pruned" --force --quiet --json --threads "$threads" \
        --method wanda --allocation neuronal --sparsity 0.7 --calibration "$ids" >"$work/ours.json"
    "${PYTHON:-python3}" benchmarks/pytorch/neuronal_wanda.py "$work/model" "$ids" --sparsity 0.7 --threads "$threads" --compare "$work/pruned" >"$work/torch.json"
    ours=$(field allocationSeconds <"$work/ours.json")
    torch=$(field searchSeconds <"$work/torch.json")
    echo "round $round: search $ours s, PyTorch $torch s; lambdas $(field lambdaBlock <"$work/ours.json") $(field lambdaRow <"$work/ours.json")"
    echo "$ours" >>"$work/ours.seconds"
    echo "$torch" >>"$work/torch.seconds"
done

echo "PyTorch: $(cat "$work/torch.json")"
echo "medians: $(median <"$work/ours.seconds") s and $(median <"$work/torch.seconds") s"
awk -v ours="$(median <"$work/ours.seconds")" -v torch="$(median <"$work/torch.seconds")" 'BEGIN { printf "ratio: %.2f\n", torch / ours }'
