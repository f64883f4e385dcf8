#!/usr/bin/env bash
# How pruning scales with threads, phase by phase: runs with 1 and 2 threads in turns, the median of each phase, the part of it that does not
# get faster (from t1 = serial + parallel and t2 = serial + parallel / 2), and what that gives for 16 and 64 threads where every parallel part
# went on scaling. At last the rate of the planned operations, which is what docs/pruning-large-models.md plans with.
# Usage: [ROUNDS=3] [SHAPE="blocks=2 samples=8 tokens=2048"] [RUNS="wanda:uniform sparsegpt:uniform wanda:neuronal"] [NEURONAL="--set ..."]
#        benchmarks/prune-scaling.sh [WORK_FOLDER]
# (from the repository root, after a Release build, on a machine that does nothing else; blocks of LLaMA 7B's shape by default: 2 GB of disk)
set -euo pipefail
work=${1:-$(mktemp -d)}
shape=${SHAPE:-blocks=2 samples=8 tokens=2048}
# shellcheck disable=SC2086
[ -e "$work/model/config.json" ] || dotnet tools/Sparsum.RandomModel/bin/Release/net10.0/Sparsum.RandomModel.dll "$work/model" $shape 2>/dev/null
ids=$work/model/calibration.ids.safetensors

# Lines "phase seconds" of a record, and the operations that were planned.
phases() { tr -d ' \n' <"$1" | sed 's/.*"phaseSeconds":{\([^}]*\)}.*/\1/' | tr ',' '\n' | sed 's/"\([a-z]*\)":\(.*\)/\1 \2/'; }
operations() { sed -n 's/.*"plannedOperations": *\([0-9.eE+]*\).*/\1/p' "$1" | head -1; }

for run in ${RUNS:-wanda:uniform sparsegpt:uniform wanda:neuronal}; do
    method=${run%%:*} allocation=${run##*:}
    settings=""
    [ "$allocation" = neuronal ] && settings=${NEURONAL:---set neuronal.block-lambdas=0.1,0.2 --set neuronal.row-lambdas=0,0.1}
    for round in $(seq "${ROUNDS:-3}"); do
        for threads in 1 2; do
            # shellcheck disable=SC2086
            dotnet src/Sparsum.Cli/bin/Release/net10.0/sparsum.dll prune "$work/model" -o "$work/pruned" --force --quiet --json --threads $threads \
                --method "$method" --allocation "$allocation" --sparsity 0.7 --calibration "$ids" $settings >"$work/record.json"
            phases "$work/record.json" | sed "s/^/$threads $round /" >>"$work/$method-$allocation.phases"
        done
    done
    awk -v run="$method, $allocation" -v operations="$(operations "$work/record.json")" '
        { count[$1 " " $3]++; value[$1 " " $3 " " count[$1 " " $3]] = $4; seen[$3] = 1 }
        function median(key,   n, i, j, t, list) {
            n = count[key]
            for (i = 1; i <= n; i++) list[i] = value[key " " i] + 0
            for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (list[j] < list[i]) { t = list[i]; list[i] = list[j]; list[j] = t }
            return list[int((n + 1) / 2)]
        }
        END {
            printf "\n%s\n\n| phase | 1 thread | 2 threads | serial | 16, simulated | 64, simulated |\n| --- | ---: | ---: | ---: | ---: | ---: |\n", run
            for (phase in seen) {
                one = median("1 " phase); two = median("2 " phase)
                serial = 2 * two - one; if (serial < 0) serial = 0; if (serial > one) serial = one
                sixteen = serial + (one - serial) / 16; many = serial + (one - serial) / 64
                printf "| %s | %.2f | %.2f | %.2f | %.2f | %.2f |\n", phase, one, two, serial, sixteen, many
                all1 += one; all2 += two; allSerial += serial; all16 += sixteen; all64 += many
            }
            printf "| all | %.2f | %.2f | %.2f | %.2f | %.2f |\n", all1, all2, allSerial, all16, all64
            printf "\n%.1f and %.1f GFLOP/s of the planned operations with 1 and 2 threads\n", operations / all1 / 1e9, operations / all2 / 1e9
        }' "$work/$method-$allocation.phases"
done
