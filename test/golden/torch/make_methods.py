#!/usr/bin/env python3
"""Makes methods.json: five training steps of SimSiam, BYOL and supervised training in PyTorch, on given weights and views.

Run with torch, torchvision and numpy installed:  python test/golden/torch/make_methods.py

Weights, views, schedule and what is kept of the results are those of make_steps.py, which says how. Each method is written
from its paper and its authors' code, not from sslmem's. Known departures from them, as sslmem documents: running variances
are unbiased in BYOL too (PyTorch's, where Haiku's are biased), its optimiser is SGD without decay of biases and
normalisations, and SimSiam's schedule is by steps with a warm-up, which the predictor's constant rate has no part in.
"""
import copy
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from counted import uniform
from make_steps import BATCH, CELL, CHANNELS, SIZE, STEPS, WARM, disturbed, golden_of, initial, views
from resnet9 import ResNet9
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

DIM = CHANNELS[-1]
HIDDEN, PROJECTION, PREDICTOR, CLASSES = 24, 16, 12, 4
TARGET_MOMENTUM = 0.9


class SimSiam(nn.Module):
    """Chen and He 2020, algorithm 1; facebookresearch/simsiam, builder.py and main_simsiam.py."""

    def __init__(self):
        super().__init__()
        self.encoder = ResNet9(CHANNELS)
        self.projector = nn.Sequential(
            *(nn.Linear(DIM, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU()),
            *(nn.Linear(HIDDEN, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU()),
            *(nn.Linear(HIDDEN, PROJECTION, bias=False), nn.BatchNorm1d(PROJECTION, affine=False)),
        )
        self.predictor = nn.Sequential(
            *(nn.Linear(PROJECTION, PREDICTOR, bias=False), nn.BatchNorm1d(PREDICTOR), nn.ReLU()),
            nn.Linear(PREDICTOR, PROJECTION),
        )

    def groups(self, decay):
        base = [*self.encoder.parameters(), *self.projector.parameters()]
        return [
            {"params": base, "weight_decay": decay},
            {"params": list(self.predictor.parameters()), "weight_decay": decay, "fix_lr": True},
        ]

    def forward(self, x1, x2, _labels):
        z1, z2 = self.projector(self.encoder(x1)), self.projector(self.encoder(x2))
        p1, p2 = self.predictor(z1), self.predictor(z2)
        criterion = nn.CosineSimilarity(dim=1)
        loss = -(criterion(p1, z2.detach()).mean() + criterion(p2, z1.detach()).mean()) * 0.5
        deviation = F.normalize(z1.detach(), dim=1).std(0, unbiased=False)  # the paper's section 4.1, figure 2
        return loss, {"projectionSpread": (deviation.mean() * math.sqrt(PROJECTION)).item()}

    def after(self, step):
        pass


class Byol(nn.Module):
    """Grill et al. 2020, section 3; deepmind-research/byol, byol_experiment.py, utils/networks.py, utils/schedules.py."""

    def __init__(self):
        super().__init__()
        self.online = nn.ModuleDict({"encoder": ResNet9(CHANNELS), "projector": self.mlp(DIM, HIDDEN)})
        self.target = copy.deepcopy(self.online)
        self.predictor = self.mlp(PROJECTION, PREDICTOR)

    @staticmethod
    def mlp(inputs, hidden):
        return nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, PROJECTION, bias=False))

    def groups(self, decay):
        learned = [(n, p) for n, p in self.named_parameters() if not n.startswith("target.")]
        decayed = [p for _, p in learned if p.ndim > 1]
        others = [p for _, p in learned if p.ndim == 1]
        return [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]

    @staticmethod
    def regression_loss(x, y):
        return (F.normalize(x, dim=1) - F.normalize(y, dim=1)).square().sum(1)

    def forward(self, x1, x2, _labels):
        def project(net, x):
            return net["projector"](net["encoder"](x))

        q1, q2 = self.predictor(project(self.online, x1)), self.predictor(project(self.online, x2))
        with torch.no_grad():
            z1, z2 = project(self.target, x1), project(self.target, x2)
        return (self.regression_loss(q1, z2) + self.regression_loss(q2, z1)).mean(), {}

    @torch.no_grad()
    def after(self, step):
        tau = 1 - (1 - TARGET_MOMENTUM) * (math.cos(math.pi * step / STEPS) + 1) / 2
        for old, new in zip(self.target.parameters(), self.online.parameters()):
            old.copy_(tau * old + (1 - tau) * new)


class Supervised(nn.Module):
    """Cross entropy of a linear classifier, as torchvision's references/classification without label smoothing."""

    def __init__(self):
        super().__init__()
        self.encoder = ResNet9(CHANNELS)
        self.head = nn.ModuleDict({"fc": nn.Linear(DIM, CLASSES)})

    def groups(self, decay):
        decayed = [p for p in self.parameters() if p.ndim > 1]
        others = [p for p in self.parameters() if p.ndim == 1]
        return [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]

    def forward(self, x1, _x2, labels):
        logits = self.head["fc"](self.encoder(x1))
        return F.cross_entropy(logits, labels), {"accuracy": (logits.argmax(1) == labels).double().mean().item()}

    def after(self, step):
        pass


def our_name(name):
    """An array's name in sslmem's files."""
    name = name.replace("target.", "state.target.").replace("online.", "").replace("encoder.", "")
    return f"state.{name}" if name.startswith(("key.", "queue")) else name


def begins(name):
    """The array that one is equal to at first: a key encoder is a copy (MoCo's code), BYOL's target is not."""
    return name.removeprefix("state.key.")


METHODS = {"simsiam": SimSiam, "byol": Byol, "supervised": Supervised}


def labels_of(step):
    return torch.from_numpy(((uniform(f"labels {step}", BATCH) + 1) / 2 * CLASSES).astype(np.int64))


def train(run, dtype, noise=None):
    net = METHODS[run["method"]]()
    net.to(dtype).train()
    state = {our_name(n): t for n, t in net.state_dict().items() if "num_batches" not in n}
    before = {name: initial(begins(name), tuple(t.shape)).astype(np.float32) for name, t in state.items()}
    for name, t in state.items():
        t.copy_(disturbed(torch.from_numpy(before[name]), dtype, noise).reshape(t.shape))
    optimizer = torch.optim.SGD(net.groups(run["weightDecay"]), lr=run["learningRate"], momentum=run["momentum"])
    warm = LinearLR(optimizer, 1 / WARM, 1, total_iters=WARM - 1)
    scheduler = SequentialLR(optimizer, [warm, CosineAnnealingLR(optimizer, STEPS - WARM)], [WARM])
    out = {"losses": [], "metrics": [], "norms": [], "rates": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        both = disturbed(views(step), dtype, noise)
        loss, metrics = net(both[0::2], both[1::2], labels_of(step))
        loss.backward()
        out["rates"].append(optimizer.param_groups[0]["lr"])
        for group in optimizer.param_groups:
            if group.get("fix_lr"):
                group["lr"] = run["learningRate"]
            group["lr"] *= group.get("share", 1)
        norm = nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], math.inf)
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] /= group.get("share", 1)
        scheduler.step()
        net.after(step)
        for key, value in [("losses", loss.item()), ("metrics", metrics), ("norms", norm.item())]:
            out[key].append(value)
    changes = {n: t.double().numpy().reshape(-1) - before[n].astype(np.float64) for n, t in state.items()}
    return out, changes, state


SGD = {"optimizer": "sgd", "momentum": 0.9}
WIDTHS = {"projectorHidden": HIDDEN, "projectorDim": PROJECTION, "predictorHidden": PREDICTOR}
# A decay so large that what is decayed, and what is not, shows; rates so small that rounding does not grow much in five steps.
RUNS = [
    {"method": "simsiam", **SGD, **WIDTHS, "learningRate": 0.005, "weightDecay": 0.5},
    # A batch normalisation takes the mean of its inputs away: the gradient of the offset before it is zero.
    {"method": "byol", **SGD, **WIDTHS, "learningRate": 0.0003, "weightDecay": 0.5, "targetMomentum": TARGET_MOMENTUM, "still": ["projector.0.bias", "predictor.0.bias"]},
    {"method": "supervised", **SGD, "learningRate": 0.002, "weightDecay": 0.5, "classes": CLASSES},
]

if __name__ == "__main__":
    golden = {
        **{"torch": torch.__version__, "steps": STEPS, "warmup": WARM / STEPS, "batch": BATCH, "imageSize": SIZE, "cell": CELL},
        "runs": [golden_of({"name": run["method"], "architecture": "resnet9", **run}, train) for run in RUNS],
    }
    pathlib.Path(__file__).with_name("methods.json").write_text(json.dumps(golden) + "\n")
