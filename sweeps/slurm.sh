#!/bin/sh
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output=/dev/null
# A sweep as a Slurm array, a shard a task: sbatch --array=1-SHARDS sweeps/slurm.sh GRID DIR. Each task finds its part in
# SLURM_ARRAY_TASK_ID, _COUNT and _MIN. The same command again runs what is missing; then gradlens sweep --collect DIR.
exec "${GRADLENS:-gradlens}" sweep "$1" --out "$2" --jobs 1 --threads 1 --quiet
