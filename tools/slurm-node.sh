#!/bin/bash
# A Slurm cluster of one node on this machine, for trying `sweep --engine slurm` and for its tests. Everything that it writes is in one folder:
# no configuration of the system is read or changed, and nothing is left running after `stop`.
#
#   tools/slurm-node.sh start FOLDER [CPUS]     (as root; Debian: slurm-wlm, munge)
#   export SLURM_CONF=FOLDER/slurm.conf         then sbatch, squeue, scancel and sparsum talk to it
#   tools/slurm-node.sh stop FOLDER
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port that nobody listens on, tried from one that differs between processes.
free_port() {
    local port=$((20000 + $1 % 20000))
    until is_free "$port"; do port=$((port + 1)); done
    echo "$port"
}

wait_for() {
    for _ in $(seq 150); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    echo "slurm-node: '$*' did not succeed within 30 seconds; see the logs in $folder" >&2
    stop
    exit 1
}

start() {
    local cpus=${1:-$(nproc)} host controller node
    for program in munged slurmctld slurmd; do
        command -v "$program" >/dev/null || { echo "slurm-node: there is no $program" >&2; exit 1; }
    done
    [ "$(id -u)" = 0 ] || { echo "slurm-node: slurmd has to be started by root" >&2; exit 1; }
    host=$(hostname -s)
    controller=$(free_port $$)
    node=$(free_port $((controller - 19999)))
    mkdir -p "$folder"/{state,spool}
    chmod 755 "$folder"
    head -c 128 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    cat >"$folder/slurm.conf" <<CONF
ClusterName=sparsum
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=1,sched_interval=2
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$(free -m | awk '/^Mem:/ { print int($2 * 0.9) }') State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    # Daemons outlive this script: they are not to hold open what the caller has open.
    for descriptor in /proc/$$/fd/*; do
        case ${descriptor##*/} in 0 | 1 | 2 | 255) ;; *) eval "exec ${descriptor##*/}>&-" ;; esac
    done
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
    export SLURM_CONF="$folder/slurm.conf"
    slurmctld -c -f "$SLURM_CONF"
    slurmd -f "$SLURM_CONF"
    wait_for scontrol ping
    wait_for is_idle
    echo "export SLURM_CONF=$SLURM_CONF"
}

is_idle() { sinfo --noheader --format=%T | grep -q '^idle'; }

stop() {
    local pid
    if [ -f "$folder/slurm.conf" ]; then
        SLURM_CONF="$folder/slurm.conf" scancel --user=root --quiet 2>/dev/null || true
    fi
    for daemon in slurmd slurmctld munged; do
        [ -f "$folder/$daemon.pid" ] || continue
        pid=$(cat "$folder/$daemon.pid")
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
        kill -9 "$pid" 2>/dev/null || true
        rm -f "$folder/$daemon.pid"
    done
}

[ $# -ge 2 ] || usage
folder=$(realpath -m "$2")
case $1 in
    start) start "${3:-}" ;;
    stop) stop ;;
    *) usage ;;
esac
