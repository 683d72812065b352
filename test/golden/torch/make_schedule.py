#!/usr/bin/env python3
"""Makes schedule.json: learning rates of torch.optim.lr_scheduler, LinearLR then CosineAnnealingLR by a SequentialLR.

`cases` end at 0; those of `floors` at a floor (eta_min). `between` are numbers along the whole cosine, up as well as down.

Run with torch installed:  python test/golden/torch/make_schedule.py
Steps of warm-up are the share of all steps, rounded half up. A single step of warm-up is at the peak, where LinearLR, which needs
two points, is left out; so is the cosine where nothing is left for it.
"""
import json
import math
import pathlib

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

CASES = [(1, 0.0, 1.0), (2, 0.5, 0.1), (3, 0.0, 0.3), (5, 0.4, 0.05), (7, 0.1, 2.0), (13, 0.25, 0.12), (25, 0.1, 0.03), (37, 0.5, 1e-3), (101, 0.1, 0.4), (997, 0.05, 4.8), (11, 0.95, 1.0)]


FLOORS = [(40, 0.25, 0.5, 0.1), (9, 0.0, 5e-4, 1e-6), (12, 0.5, 0.2, 0.2)]
BETWEEN = [(10, 0.04, 0.4), (7, 0.01, 0.0), (1, 0.3, 0.7)]


def rates(steps, warmup, peak, floor=0.0):
    warm = math.floor(steps * warmup + 0.5)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    parts, milestones = [], []
    if warm > 1:
        parts.append(LinearLR(optimizer, 1 / warm, 1, total_iters=warm - 1))
    elif warm == 1:
        parts.append(torch.optim.lr_scheduler.ConstantLR(optimizer, 1, 1))
    if steps > warm:
        parts.append(CosineAnnealingLR(optimizer, steps - warm, eta_min=floor))
    if len(parts) > 1:
        milestones.append(warm)
    scheduler = SequentialLR(optimizer, parts, milestones)
    out = []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out


golden = {
    "torch": torch.__version__,
    "cases": [{"steps": s, "warmup": w, "peak": p, "rates": rates(s, w, p)} for s, w, p in CASES],
    "floors": [{"steps": s, "warmup": w, "peak": p, "floor": f, "rates": rates(s, w, p, f)} for s, w, p, f in FLOORS],
    "between": [{"steps": s, "from": a, "to": b, "values": rates(s, 0.0, a, b)} for s, a, b in BETWEEN],
}
pathlib.Path(__file__).with_name("schedule.json").write_text(json.dumps(golden) + "\n")
