#!/usr/bin/env bash
# What runs of `prune` take of memory beside what they planned: one row a run, for docs/pruning-large-models.md.
# Usage: benchmarks/memory-plans.sh FOLDER [PATTERN]    PATTERN (grep -E) picks rows by their names
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 pattern=${2:-.}
mkdir -p "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build -c Release -v q -nologo src/Sparsum.Cli >&2
dotnet build -c Release -v q -nologo tools/Sparsum.RandomModel >&2

model() {
  local name=$1
  shift
  [ -d "$folder/$name" ] || dotnet run -c Release --no-build --project tools/Sparsum.RandomModel -- "$folder/$name" "$@" 2>/dev/null
}
model wide blocks=8 hidden=768 intermediate=2048 heads=12 vocabulary=8000 samples=8 tokens=192
model narrow blocks=3 hidden=256 intermediate=688 heads=8 vocabulary=8000 samples=96 tokens=512
model experts blocks=4 hidden=512 intermediate=1024 heads=8 vocabulary=8000 experts=8 samples=16 tokens=256

# Peak and plan of one run in bytes; the row's name, then the options.
row() {
  local name=$1 model=${1%%,*}
  shift
  grep -qE "$pattern" <<<"$name" || return 0
  rm -rf "$folder/out"
  if ! dotnet run -c Release --no-build --project src/Sparsum.Cli -- prune "$folder/$model" -o "$folder/out" --sparsity 0.6 --threads 2 --quiet \
    --calibration "$folder/$model/calibration.ids.safetensors" "$@" >"$folder/log" 2>&1; then
    echo "$name: $(tail -1 "$folder/log")" >&2
    return 0
  fi
  local took planned
  took=$(grep -m1 -o '"peakBytes": *[0-9]*' "$folder/out/run.json" | grep -o '[0-9]*$')
  planned=$(grep -m1 -o '"peakBytes": *[0-9]*' "$folder/out/pruning.json" | grep -o '[0-9]*$')
  awk -v name="$name" -v took="$took" -v planned="$planned" 'BEGIN { printf "| %s | %.0f | %.0f | %.2f |\n", name, took / 1e6, planned / 1e6, planned / took }'
}

echo "| model, method, allocation | took (MB) | plan (MB) | plan / took |"
echo "| --- | --- | --- | --- |"
neuronal=(--allocation neuronal --set neuronal.block-lambdas=0.05,0.1 --set neuronal.row-lambdas=0,0.1)
for model in wide narrow experts; do
  row "$model, wanda uniform" --method wanda
  row "$model, multiflow uniform" --method multiflow
  row "$model, wanda dsnot" --method wanda --refine dsnot
  row "$model, sparsegpt uniform" --method sparsegpt
  row "$model, sparsegpt int4" --method sparsegpt --quantize int4 --group-size 16
  row "$model, sparsegpt int8" --method sparsegpt --quantize int8
  row "$model, wanda int4" --method wanda --quantize int4 --group-size 16
  row "$model, wanda owl" --method wanda --allocation owl
  row "$model, wanda alphapruning" --method wanda --allocation alphapruning
  row "$model, wanda neuronal" --method wanda "${neuronal[@]}"
  row "$model, sparsegpt neuronal" --method sparsegpt "${neuronal[@]}"
  row "$model, wanda neuronal, one screening sample" --method wanda "${neuronal[@]}" --set neuronal.screen-samples=1
  row "$model, wanda dsa" --method wanda --allocation dsa
  row "$model, sparsegpt besa layer" --method sparsegpt --allocation besa --set besa.granularity=layer
  row "$model, wanda besa row" --method wanda --allocation besa --set besa.granularity=row
  row "$model, wanda progression" --method wanda --allocation progression
  [ "$model" = wide ] && continue # too few sequences for a search
  row "$model, wanda search" --method wanda --allocation search --set search.generations=2
  row "$model, sparsegpt search by block" --method sparsegpt --allocation search --set search.generations=2 --set search.granularity=block
  row "$model, wanda search int8" --method wanda --allocation search --set search.generations=2 --quantize int8
done
