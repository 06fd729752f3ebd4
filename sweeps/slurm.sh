#!/bin/sh
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output=/dev/null
# A sweep as a Slurm array, a shard a task: sbatch --array=1-SHARDS sweeps/slurm.sh GRID DIR. Each task finds its part in
# SLURM_ARRAY_TASK_ID, _COUNT and _MIN; flags behind DIR, --shard 3/8 say, come before that. The same command again runs what
# is missing; then gradlens sweep --collect DIR. Errors go to DIR.errors.
set -eu
grid=$1 out=$2
shift 2
exec "${GRADLENS:-gradlens}" sweep "$grid" --out "$out" --jobs 1 --threads 1 --quiet "$@" 2>>"$out.errors"
