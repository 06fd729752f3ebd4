"""How fast pandas and polars read a table: python3 benches/peers/tables.py pandas|polars FILE.

One reader a process, as the most memory that a process had is one of the results.
Needs pandas and polars (pip install pandas polars).
"""
import os
import resource
import sys
import time

which, path = sys.argv[1:]
if which == "pandas":
    import pandas
    read = pandas.read_csv
else:
    import polars
    read = polars.read_csv
size = os.path.getsize(path) / 1e6
began = time.perf_counter()
table = read(path)
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{which}: {size:.1f} MB, {table.shape[0]} rows, {table.shape[1]} columns: {seconds:.3f} s, {size / seconds:.0f} MB/s, peak {peak:.0f} MB")
