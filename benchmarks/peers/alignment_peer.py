"""Peer of the alignment benchmark: four mean pair distances of unit-normalised views with a batched Gram matrix.

Prints one JSON line. Usage: alignment_peer.py --samples 1000 --views 10 --dim 2048 --threads 1 --library torch
"""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--samples", type=int, default=1000)
parser.add_argument("--views", type=int, default=10)
parser.add_argument("--dim", type=int, default=2048)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--repeats", type=int, default=7)
parser.add_argument("--library", choices=["torch", "numpy"], default="torch")
options = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(options.threads)

import numpy as np

rng = np.random.default_rng(0)
data = rng.standard_normal((options.samples, options.views, options.dim), dtype=np.float32)
first, second = np.triu_indices(options.views, 1)


def with_numpy():
    unit = data / np.linalg.norm(data, axis=2, keepdims=True)
    gram = np.matmul(unit, unit.transpose(0, 2, 1))
    cosine = np.clip(gram[:, first, second], -1, 1)
    l1 = np.zeros_like(cosine)
    for start in range(0, options.samples, 50):  # 50 samples at a time: the differences fit the memory
        part = unit[start : start + 50]
        l1[start : start + 50] = np.abs(part[:, first] - part[:, second]).sum(axis=2)
    return [
        np.sqrt(2 - 2 * cosine).mean(axis=1),
        (1 - cosine).mean(axis=1),
        (np.arccos(cosine) / np.pi).mean(axis=1),
        l1.mean(axis=1),
    ]


def with_torch():
    unit = torch.nn.functional.normalize(tensor, dim=2)
    cosine = torch.bmm(unit, unit.transpose(1, 2))[:, first, second].clamp(-1, 1)
    l1 = torch.cdist(unit, unit, p=1)[:, first, second]
    return [
        (2 - 2 * cosine).sqrt().mean(1),
        (1 - cosine).mean(1),
        (cosine.arccos() / torch.pi).mean(1),
        l1.mean(1),
    ]


if options.library == "torch":
    import torch

    torch.set_num_threads(options.threads)
    tensor = torch.from_numpy(data)
    version = f"torch {torch.__version__}"
    run = with_torch
else:
    version = f"numpy {np.__version__}"
    run = with_numpy

run()  # warm-up
times = []
for _ in range(options.repeats):
    start = time.perf_counter()
    result = run()
    times.append(time.perf_counter() - start)
times.sort()
print(
    json.dumps(
        {
            "peer": version,
            "threads": options.threads,
            "seconds": times[len(times) // 2],
            "best_seconds": times[0],
            "means": [float(np.asarray(values).mean()) for values in result],
        }
    )
)
