#!/usr/bin/env python3
"""Makes steps.json: five training steps of SimCLR in PyTorch, on given weights and views.

Run with torch 2.11, torchvision and numpy installed:  python test/golden/torch/make_steps.py

Weights and views are named arrays of counted.py, which the test computes for itself. The expected results are those of
float64. The same training is done in float32, and a few times more in float64 with weights and views that are wrong by
about one unit in the last place of float32: the farthest of these from the expected results says what rounding can do to
them (it can push a rectifier's input across zero, or change which of four values is the largest), and the test's tolerance
is made of it. Arrays are too large to be kept: of the change of each (after minus before) there are its norm, 16 sums under
pseudo-random signs (the mean square of such sums of a difference is that difference's squared norm) and a few values.
"""
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from counted import projections, uniform
from resnet9 import ResNet9
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

STEPS, WARM, BATCH, SIZE, CELL = 5, 2, 6, 16, 4
DISTURBED = 2
TEMPERATURE, PROJECTION = 0.5, 16
CHANNELS = [32, 64, 64, 64, 128, 256, 256, 256]
torch.set_num_threads(2)


def number(value, digits=9):
    return float(f"{value:.{digits}g}")


def network(architecture, hidden, norm):
    if architecture == "resnet9":
        net, dim = ResNet9(CHANNELS), CHANNELS[-1]
    else:
        net, dim = torchvision.models.resnet18(weights=None), 512
        net.conv1, net.maxpool, net.fc = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity(), nn.Identity()
    width = hidden or dim
    layers = [nn.Linear(dim, width, bias=not norm), nn.BatchNorm1d(width) if norm else nn.Identity(), nn.ReLU(), nn.Linear(width, PROJECTION)]
    net.projector = nn.Sequential(*layers)
    return net


def initial(name, shape):
    u = uniform(name, math.prod(shape))
    if len(shape) == 4:
        return u * math.sqrt(6 / (shape[0] * shape[2] * shape[3]))
    if len(shape) == 2:
        return u / math.sqrt(shape[1])
    kind = name.split(".")[-1]
    return {"running_var": 1 + 0.5 * u, "running_mean": 0.2 * u, "bias": 0.3 * u, "weight": 1 + 0.3 * u}[kind]


def views(step):
    """[2 BATCH, 3, SIZE, SIZE]; the two views of an image, side by side, share its pattern of cells."""
    cells = SIZE // CELL
    made = []
    for image in range(BATCH):
        pattern = uniform(f"image {step} {image}", cells * cells * 3).reshape(cells, cells, 3)
        pattern = pattern.repeat(CELL, axis=0).repeat(CELL, axis=1)
        for view in range(2):
            made.append(pattern + 0.5 * uniform(f"view {step} {image} {view}", SIZE * SIZE * 3).reshape(SIZE, SIZE, 3))
    return torch.from_numpy(np.stack(made).astype(np.float32).transpose(0, 3, 1, 2).copy())


def nt_xent(z):
    """Chen et al. 2020, equation 1, views of an image side by side; and the share of right nearest ones."""
    z = F.normalize(z, dim=1)
    s = z @ z.T / TEMPERATURE
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), -math.inf)
    target = torch.arange(len(z)) ^ 1
    return F.cross_entropy(s, target), (s.argmax(1) == target).double().mean()


class Lars(torch.optim.Optimizer):
    """You et al. 2017 (arXiv 1708.03888, algorithm 1) as SimCLR has it: what is not decayed is not adapted either."""

    def __init__(self, groups, lr, momentum):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": 0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                v = self.state[w].setdefault("v", torch.zeros_like(w))
                g = w.grad
                if group["weight_decay"] > 0:
                    g = g + group["weight_decay"] * w
                    g = g * (0.001 * w.norm() / g.norm() if w.norm() > 0 and g.norm() > 0 else 1.0)
                v.mul_(group["momentum"]).add_(group["lr"] * g)
                w.sub_(v)


def optimizer_of(net, run):
    decayed = [p for p in net.parameters() if p.ndim > 1]  # filters and matrices
    others = [p for p in net.parameters() if p.ndim == 1]  # biases and normalisations
    groups = [{"params": decayed, "weight_decay": run["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    if run["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=run["learningRate"])
    if run["optimizer"] == "lars":
        return Lars(groups, run["learningRate"], run["momentum"])
    return torch.optim.SGD(groups, lr=run["learningRate"], momentum=run["momentum"])


def disturbed(x, dtype, noise):
    """x as it is, or with errors of up to one unit in the last place of float32."""
    x = x.to(dtype)
    return x if noise is None else x * (1 + 2**-23 * (2 * torch.rand(x.shape, dtype=dtype, generator=noise) - 1))


def train(run, dtype, noise=None):
    """Losses, accuracies, norms of the gradients and the change of every array, float64."""
    net = network(run["architecture"], run["projectorHidden"], run["projectorNorm"])
    before = {}
    net.to(dtype).train()
    state = net.state_dict()
    for name in [n for n in state if "num_batches" not in n]:
        before[name] = initial(name, tuple(state[name].shape)).astype(np.float32)
        state[name].copy_(disturbed(torch.from_numpy(before[name]), dtype, noise).reshape(state[name].shape))
    optimizer = optimizer_of(net, run)
    warm = LinearLR(optimizer, 1 / WARM, 1, total_iters=WARM - 1)
    scheduler = SequentialLR(optimizer, [warm, CosineAnnealingLR(optimizer, STEPS - WARM)], [WARM])
    out = {"losses": [], "accuracies": [], "norms": [], "rates": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, accuracy = nt_xent(net.projector(net(disturbed(views(step), dtype, noise))))
        loss.backward()
        limit = run["clipGradientNorm"]
        norm = nn.utils.clip_grad_norm_(net.parameters(), math.inf if limit is None else limit)
        out["rates"].append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
        for key, value in [("losses", loss), ("accuracies", accuracy), ("norms", norm)]:
            out[key].append(value.item())
    after = net.state_dict()
    changes = {n: after[n].double().numpy().reshape(-1) - before[n].astype(np.float64) for n in before}
    return out, changes, after


SGD = {"optimizer": "sgd", "learningRate": 0.001, "momentum": 0.9, "weightDecay": 0.05}
PLAIN = {"architecture": "resnet9", "projectorHidden": None, "projectorNorm": True, "clipGradientNorm": None}
RUNS = [
    {"name": "SGD", **PLAIN, **SGD},
    {"name": "SGD, clipped, projector without norm", **PLAIN, **SGD, "projectorHidden": 40, "projectorNorm": False, "clipGradientNorm": 0.5, "learningRate": 0.03},
    {"name": "AdamW", **PLAIN, **SGD, "optimizer": "adamw", "learningRate": 0.0001, "weightDecay": 5.0},
    {"name": "LARS", **PLAIN, **SGD, "optimizer": "lars", "learningRate": 0.05},
    {"name": "SGD", **PLAIN, **SGD, "architecture": "resnet18-cifar", "learningRate": 0.0003},
]


def golden_of(run, train=train):
    """What is kept of a run. The arrays that it names `still` do not change: theirs is relative to that of their layer's weight."""
    exact, changes, after = train(run, torch.float64)
    noise = torch.Generator().manual_seed(1)
    others = [train(run, torch.float32), *(train(run, torch.float64, noise) for _ in range(DISTURBED))]
    arrays = []
    for name, change in changes.items():
        still = name in run.get("still", [])
        size = float(np.linalg.norm(changes[name.replace(".bias", ".weight").replace("_g", "_v")] if still else change))
        arrays.append({
            "name": name,
            "shape": list(after[name].shape),
            "change": number(size),
            "projections": [number(p) for p in projections(name, change)],
            "places": (places := [int(k * (change.size - 1) / 3) for k in range(4)]),
            "values": [number(after[name].reshape(-1)[p].item()) for p in places],
            "rounding": number(max(float(np.linalg.norm(other[name] - change)) / size for _, other, _ in others), 3),
        })
    rounding = [number(max(abs(other["losses"][i] - loss) for other, _, _ in others), 3) for i, loss in enumerate(exact["losses"])]
    worst = max(arrays, key=lambda array: array["rounding"])
    print(run["architecture"], run["name"], "losses", exact["losses"], "norms", exact["norms"], "rounding", worst["rounding"], "of", worst["name"], flush=True)
    return {**run, **exact, "lossRounding": rounding, "arrays": arrays}


if __name__ == "__main__":
    golden = {
        **{"torch": torch.__version__, "steps": STEPS, "warmup": WARM / STEPS, "batch": BATCH, "imageSize": SIZE, "cell": CELL},
        **{"temperature": TEMPERATURE, "projectorDim": PROJECTION, "runs": [golden_of(run) for run in RUNS]},
    }
    pathlib.Path(__file__).with_name("steps.json").write_text(json.dumps(golden) + "\n")
