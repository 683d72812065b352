#!/usr/bin/env python3
"""Makes updates.json: clipping by PyTorch's clip_grad_norm_, torch.optim.AdamW, and LARS in float64 in its three forms.

Run with torch installed:  python test/golden/torch/make_updates.py
PyTorch has no LARS; this one is written from You et al. 2017 (arXiv 1708.03888, algorithm 1) with the trust ratio, the
order of weight decay and the rate inside of the momentum as SimCLR has them (eeta 0.001, classic momentum). Gradients are
clipped by PyTorch before the step in the entries that say so, all together or each by itself. The later form (VICReg, Barlow
Twins) has the rate outside of the momentum; solo-learn's has its ratio from the gradient before decay is added, and leaves alone
what has no gradient. Clipped ratios are divided by the rate and at most 1.
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


def ratio(form, trust, clip, w, bare, decayed, rate):
    if form == "solo":
        found = trust * w.norm() / (bare.norm() + DECAY * w.norm() + 1e-8)
    else:
        found = trust * w.norm() / decayed.norm()
    return min(found / rate, 1) if clip else found


def of_form(form, trust, clip):
    names = {"w": (3, 4), "zero": (2, 5), "still": (4,), "bias": (6,)}
    start = {n: torch.zeros(s, dtype=torch.float64) if n == "zero" else torch.randn(s).double() for n, s in names.items()}
    weights = {n: t.clone() for n, t in start.items()}
    velocities = {n: torch.zeros_like(t) for n, t in start.items()}
    steps = []
    for rate in [0.5, 0.01, 0.1]:
        gradients = {n: torch.randn(s).double() * (n != "still") for n, s in names.items()}
        for n, w in weights.items():
            d = bare = gradients[n]
            if n != "bias":
                d = bare + DECAY * w
                if w.norm() > 0 and (bare if form == "solo" else d).norm() > 0:
                    d = d * ratio(form, trust, clip, w, bare, d, rate)
                elif form == "solo":
                    d = bare
            inside = rate if form == "classic" else 1
            velocities[n].mul_(MOMENTUM).add_(inside * d)
            w.sub_(velocities[n] * (1 if form == "classic" else rate))
        steps.append({"rate": rate, "gradients": {n: flat(g) for n, g in gradients.items()}, "values": {n: flat(t) for n, t in weights.items()}})
    settings = {"larsForm": form, "larsTrust": trust, "larsClip": clip}
    return {**settings, "shapes": names, "start": {n: flat(t) for n, t in start.items()}, "steps": steps}


def adamw(beta1, beta2):
    names = {"w": (3, 4), "bias": (6,)}
    weights = {n: torch.nn.Parameter(torch.randn(s).double()) for n, s in names.items()}
    start = {n: flat(t) for n, t in weights.items()}
    groups = [{"params": [weights["w"]], "weight_decay": DECAY}, {"params": [weights["bias"]], "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=1, betas=(beta1, beta2))
    steps = []
    for rate in [0.01, 0.03, 0.02]:
        for n, w in weights.items():
            w.grad = torch.randn(names[n]).double()
        for group in optimizer.param_groups:
            group["lr"] = rate
        gradients = {n: flat(w.grad) for n, w in weights.items()}
        optimizer.step()
        steps.append({"rate": rate, "gradients": gradients, "values": {n: flat(t) for n, t in weights.items()}})
    return {"beta1": beta1, "beta2": beta2, "shapes": names, "start": start, "steps": steps}


def each(limit):
    names = {"small": (3,), "large": (4, 5), "nothing": (2,)}
    scale = {"small": 0.1, "large": 10, "nothing": 0}
    gradients = {n: torch.randn(s).double() * scale[n] for n, s in names.items()}
    given = {n: flat(g) for n, g in gradients.items()}
    for g in gradients.values():
        holder = torch.nn.Parameter(torch.zeros_like(g))
        holder.grad = g
        torch.nn.utils.clip_grad_norm_([holder], limit)
    return {"limit": limit, "shapes": names, "gradients": given, "clipped": {n: flat(g) for n, g in gradients.items()}}


golden = {
    **{"torch": torch.__version__, "seed": SEED, "momentum": MOMENTUM, "weightDecay": DECAY, "trust": TRUST},
    "lars": [entry(None), entry(2.5), entry(1000.0)],
    "forms": [of_form("classic", 0.02, True), of_form("later", 0.001, False), of_form("later", 0.02, True), of_form("solo", 0.02, False), of_form("solo", 0.02, True)],
    "adamw": [adamw(0.9, 0.999), adamw(0.8, 0.95)],
    "each": each(3.0),
}
pathlib.Path(__file__).with_name("updates.json").write_text(json.dumps(golden) + "\n")
