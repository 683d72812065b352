#!/usr/bin/env python3
"""Makes updates.json: clipping by PyTorch's clip_grad_norm_, and LARS in float64 after SimCLR's published pseudo-code.

Run with torch installed:  python test/golden/torch/make_updates.py
PyTorch has no LARS; this one is written from You et al. 2017 (arXiv 1708.03888, algorithm 1) with the trust ratio, the
order of weight decay and the rate inside of the momentum as SimCLR has them (eeta 0.001, classic momentum). Gradients are
clipped by PyTorch before the step in the entries that say so.
"""
import json
import pathlib

import torch

SEED = 20260101
torch.manual_seed(SEED)
RATES = [0.5, 0.3, 0.1, 0.05]
MOMENTUM, DECAY, TRUST = 0.9, 0.01, 0.001


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().reshape(-1).tolist()]


def lars(w, v, g, rate, adapt):
    if adapt:
        g = g + DECAY * w
        size, slope = w.norm(), g.norm()
        g = g * (TRUST * size / slope if size > 0 and slope > 0 else 1.0)
    v.copy_(MOMENTUM * v + rate * g)
    w.sub_(v)


def entry(clip):
    names = {"w": (3, 4), "zero": (2, 5), "bias": (6,)}
    start = {n: torch.zeros(s, dtype=torch.float64) if n == "zero" else torch.randn(s).double() for n, s in names.items()}
    weights = {n: t.clone() for n, t in start.items()}
    velocities = {n: torch.zeros_like(t) for n, t in start.items()}
    steps = []
    for rate in RATES:
        gradients = {n: torch.randn(s).double() for n, s in names.items()}
        given = {n: flat(g) for n, g in gradients.items()}
        norm = None
        if clip is not None:
            holders = []
            for g in gradients.values():
                holder = torch.nn.Parameter(torch.zeros_like(g))
                holder.grad = g
                holders.append(holder)
            norm = torch.nn.utils.clip_grad_norm_(holders, clip).item()
        clipped = {n: flat(g) for n, g in gradients.items()}
        for n in names:
            lars(weights[n], velocities[n], gradients[n], rate, n != "bias")
        steps.append({"rate": rate, "gradients": given, "norm": norm, "clipped": clipped, "values": {n: flat(t) for n, t in weights.items()}})
    return {"clip": clip, "shapes": names, "start": {n: flat(t) for n, t in start.items()}, "steps": steps}


golden = {"torch": torch.__version__, "seed": SEED, "momentum": MOMENTUM, "weightDecay": DECAY, "trust": TRUST, "lars": [entry(None), entry(2.5), entry(1000.0)]}
pathlib.Path(__file__).with_name("updates.json").write_text(json.dumps(golden) + "\n")
