"""A sweep by HyperQueue (PyPI: hyperqueue), with its server and some workers on this machine:

    python sweeps/hq.py GRID DIR SHARDS [WORKERS]

The same command again runs what is missing. For a server that runs elsewhere: client = hyperqueue.Client(SERVER_DIR).
"""

import os
import subprocess
import sys

from hyperqueue import Job
from hyperqueue.cluster import LocalCluster, WorkerConfig

ATTEMPTS = 3

grid, out, shards = sys.argv[1], sys.argv[2], int(sys.argv[3])
workers = int(sys.argv[4]) if len(sys.argv) > 4 else 2
gradlens = os.environ.get("GRADLENS", "gradlens")

with LocalCluster() as cluster:
    for _ in range(workers):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    for _ in range(ATTEMPTS):  # a shard that has ended ends again at once
        job = Job(max_fails=None)
        for number in range(1, shards + 1):
            shard = ["--shard", f"{number}/{shards}", "--jobs", "1", "--threads", "1", "--quiet"]
            job.program([gradlens, "sweep", grid, "--out", out, *shard], cwd=os.getcwd(), stdout=None, stderr=None)
        if client.wait_for_jobs([client.submit(job)], raise_on_error=False):
            break
sys.exit(subprocess.call([gradlens, "sweep", "--collect", out]))
