#!/usr/bin/env python3
"""Makes twoview.json: five training steps of Barlow Twins, VICReg and MoCo v2 in PyTorch, on given weights and views, and values
and gradients of their losses on given embeddings.

Run with torch, torchvision, numpy and lightly installed:  python test/golden/torch/make_twoview.py

As make_methods.py, which says how; each is written from its paper and its authors' code. Where lightly has the same definition
its value is kept beside ours. Embeddings are named arrays of counted.py. MoCo's keys begin as a copy of the queries' network, and are
averaged before they are made, as in the authors' code; sslmem averages after a step, so that one more average follows the last one.
"""
import json
import pathlib

import make_methods
import numpy as np
import torch
import torch.nn.functional as F
from counted import uniform
from lightly.loss import BarlowTwinsLoss, NTXentLoss, VICRegLoss
from make_steps import BATCH, CELL, CHANNELS, SIZE, STEPS, WARM, golden_of, number
from resnet9 import ResNet9
from torch import nn

DIM = CHANNELS[-1]
HIDDEN, PROJECTION, QUEUE = 24, 16, 10
REDUNDANCY, SCALE, BIAS_RATE = 0.02, 0.1, 0.3
KEY_MOMENTUM, TEMPERATURE = 0.9, 0.2


def projector(bias):
    return nn.Sequential(
        *(nn.Linear(DIM, HIDDEN, bias=bias), nn.BatchNorm1d(HIDDEN), nn.ReLU()),
        *(nn.Linear(HIDDEN, HIDDEN, bias=bias), nn.BatchNorm1d(HIDDEN), nn.ReLU()),
        nn.Linear(HIDDEN, PROJECTION, bias=False),
    )


def off_diagonal(x):
    return x[~torch.eye(len(x), dtype=torch.bool)]


def barlow(z1, z2):
    """Zbontar et al. 2021, algorithm 1; facebookresearch/barlowtwins, main.py. Normalised embeddings."""
    c = z1.T @ z2 / len(z1)
    return (torch.diagonal(c) - 1).square().sum() + REDUNDANCY * off_diagonal(c).square().sum(), c


def vicreg(z1, z2):
    """Bardes et al. 2022, algorithm 1; facebookresearch/vicreg, main_vicreg.py."""
    n, d = z1.shape
    invariance = F.mse_loss(z1, z2)
    std1, std2 = (torch.sqrt(z.var(0) + 1e-4) for z in (z1, z2))
    variance = F.relu(1 - std1).mean() / 2 + F.relu(1 - std2).mean() / 2
    covariances = [(z - z.mean(0)).T @ (z - z.mean(0)) / (n - 1) for z in (z1, z2)]
    covariance = sum(off_diagonal(c).square().sum() / d for c in covariances)
    metrics = {"invariance": invariance.item(), "variance": variance.item(), "covariance": covariance.item()}
    return 25 * invariance + 25 * variance + covariance, metrics


def info_nce(q, k, queue):
    """He et al. 2020, algorithm 1; facebookresearch/moco, builder.py. Unit vectors."""
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / TEMPERATURE
    target = torch.zeros(len(q), dtype=torch.long)
    return F.cross_entropy(logits, target), (logits.argmax(1) == target).double().mean()


class Barlow(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = ResNet9(CHANNELS)
        self.projector = nn.Sequential(*projector(False), nn.BatchNorm1d(PROJECTION, affine=False))

    def groups(self, decay):
        weights = [p for p in self.parameters() if p.ndim > 1]
        others = [p for p in self.parameters() if p.ndim == 1]
        return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0, "share": BIAS_RATE}]

    def forward(self, x1, x2, _labels):
        loss, c = barlow(self.projector(self.encoder(x1)), self.projector(self.encoder(x2)))
        metrics = {"correlation": torch.diagonal(c).mean().item(), "redundancy": off_diagonal(c).square().mean().sqrt().item()}
        return SCALE * loss, metrics

    def after(self, step):
        pass


class VicReg(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = ResNet9(CHANNELS)
        self.projector = projector(True)

    def groups(self, decay):
        return [{"params": [p for p in self.parameters() if p.ndim > 1], "weight_decay": decay}, {"params": [p for p in self.parameters() if p.ndim == 1], "weight_decay": 0.0}]

    def forward(self, x1, x2, _labels):
        return vicreg(self.projector(self.encoder(x1)), self.projector(self.encoder(x2)))

    def after(self, step):
        pass


class MoCo(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.projector = self.network()
        self.key = nn.ModuleDict(zip(("encoder", "projector"), self.network()))
        self.register_buffer("queue", torch.zeros(QUEUE, PROJECTION))

    @staticmethod
    def network():
        return ResNet9(CHANNELS), nn.Sequential(nn.Linear(DIM, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PROJECTION))

    def groups(self, decay):
        return [{"params": [*self.encoder.parameters(), *self.projector.parameters()], "weight_decay": decay}]

    @torch.no_grad()
    def average(self):
        for name, old in self.key.named_parameters():
            old.copy_(KEY_MOMENTUM * old + (1 - KEY_MOMENTUM) * self.get_parameter(name))

    def forward(self, x1, x2, _labels):
        q = F.normalize(self.projector(self.encoder(x1)), dim=1)
        with torch.no_grad():
            self.average()
            self.k = F.normalize(self.key["projector"](self.key["encoder"](x2)), dim=1)
        loss, accuracy = info_nce(q, self.k, self.queue.clone())
        return loss, {"accuracy": accuracy.item()}

    @torch.no_grad()
    def after(self, step):
        self.queue.copy_(torch.cat([self.k, self.queue])[:QUEUE])
        if step == STEPS - 1:
            self.average()


def embedding(name, shape):
    return torch.from_numpy(uniform(name, shape[0] * shape[1]).astype(np.float32).astype(np.float64)).reshape(shape)


def loss_of(name, shape):
    """Value and gradients of a loss on embeddings of two views, and lightly's value."""
    a, b = (embedding(f"{name} {view} {shape}", shape).requires_grad_() for view in (1, 2))
    if name == "vicreg":
        value, lightly = vicreg(a, b)[0], VICRegLoss()(a, b)
    elif name == "barlow-twins":
        norm = nn.BatchNorm1d(shape[1], affine=False, dtype=torch.float64)
        value, lightly = barlow(norm(a), norm(b))[0], BarlowTwinsLoss(lambda_param=REDUNDANCY)(a.detach().clone(), b.detach().clone())
    else:
        queue = F.normalize(embedding(f"queue {shape}", (QUEUE, shape[1])), dim=1)
        value = info_nce(F.normalize(a, dim=1), F.normalize(b.detach(), dim=1), queue)[0]
        criterion = NTXentLoss(temperature=TEMPERATURE, memory_bank_size=(QUEUE, shape[1]))
        criterion.memory_bank.bank, criterion.memory_bank.bank_ptr = queue.clone(), torch.zeros(1, dtype=torch.long)
        lightly = criterion(a.detach(), b.detach())
    gradients = torch.autograd.grad(value, [a, b], allow_unused=True)
    kept = [[number(g) for g in gradient.reshape(-1).tolist()] for gradient in gradients if gradient is not None]
    print(name, shape, value.item(), lightly.item())
    return {"name": name, "shape": shape, "value": value.item(), "lightly": lightly.item(), "gradients": kept}


SGD = {"optimizer": "sgd", "momentum": 0.9, "weightDecay": 0.5, "projectorHidden": HIDDEN, "projectorDim": PROJECTION}
RUNS = [
    {"method": "barlow-twins", **SGD, "learningRate": 0.0003, "redundancyWeight": REDUNDANCY, "lossScale": SCALE, "biasRate": BIAS_RATE},
    # A batch normalisation takes the mean of its inputs away: the gradient of the offset before it is zero.
    {"method": "vicreg", **SGD, "learningRate": 0.0003, "still": ["projector.0.bias", "projector.3.bias"]},
    {"method": "moco", **SGD, "learningRate": 0.001, "temperature": TEMPERATURE, "queueSize": QUEUE, "keyMomentum": KEY_MOMENTUM},
]

if __name__ == "__main__":
    make_methods.METHODS.update({"barlow-twins": Barlow, "vicreg": VicReg, "moco": MoCo})
    golden = {
        **{"torch": torch.__version__, "steps": STEPS, "warmup": WARM / STEPS, "batch": BATCH, "imageSize": SIZE, "cell": CELL},
        "runs": [golden_of({"name": run["method"], "architecture": "resnet9", **run}, make_methods.train) for run in RUNS],
        "redundancyWeight": REDUNDANCY,
        "temperature": TEMPERATURE,
        "queue": QUEUE,
        "losses": [loss_of(name, shape) for name in ("vicreg", "barlow-twins", "moco") for shape in ((6, 5), (9, 16))],
    }
    pathlib.Path(__file__).with_name("twoview.json").write_text(json.dumps(golden) + "\n")
