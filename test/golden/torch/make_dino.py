#!/usr/bin/env python3
"""Makes dino.json: DINO's loss and its gradient at two shapes, and five training steps with and without local views, in PyTorch.

Run with torch, torchvision, numpy and lightly installed:  python test/golden/torch/make_dino.py

Weights, global views, schedule and what is kept of the results are those of make_steps.py, which says how. Written from the paper
(Caron et al. 2021) and its authors' code (facebookresearch/dino: main_dino.py, utils.py, vision_transformer.py), not from
sslmem's. lightly's DINOLoss is computed beside ours and must agree.
"""
import copy
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from counted import uniform
from lightly.loss import DINOLoss
from make_steps import BATCH, CELL, CHANNELS, SIZE, STEPS, WARM, disturbed, golden_of, initial, number, views
from resnet9 import ResNet9
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

HIDDEN, BOTTLENECK, PROTOTYPES, LOCAL = 24, 16, 20, 8
TEACHER_MOMENTUM, CENTER_MOMENTUM, STUDENT_TEMPERATURE = 0.9, 0.8, 0.1
WARM_TEMPERATURE, TEMPERATURE, WARM_EPOCHS = 0.04, 0.07, 3  # a step is an epoch here


class Head(nn.Module):
    """vision_transformer.py, DINOHead."""

    def __init__(self, use_bn, norm_last_layer):
        super().__init__()
        norm = [nn.BatchNorm1d(HIDDEN)] if use_bn else []
        hidden = [nn.Linear(CHANNELS[-1], HIDDEN), *norm, nn.GELU(), nn.Linear(HIDDEN, HIDDEN), *copy.deepcopy(norm), nn.GELU()]
        self.mlp = nn.Sequential(*hidden, nn.Linear(HIDDEN, BOTTLENECK))
        self.last_layer = nn.utils.weight_norm(nn.Linear(BOTTLENECK, PROTOTYPES, bias=False))
        if norm_last_layer:
            self.last_layer.weight_g.requires_grad = False

    def forward(self, x):
        return self.last_layer(F.normalize(self.mlp(x), dim=-1, p=2))


class Network(nn.Module):
    """A backbone and a head; one pass of the backbone for each size of views (utils.py, MultiCropWrapper)."""

    def __init__(self, use_bn, norm_last_layer):
        super().__init__()
        self.encoder, self.head = ResNet9(CHANNELS), Head(use_bn, norm_last_layer)

    def forward(self, batches):
        return self.head(torch.cat([self.encoder(batch) for batch in batches]))


def dino_loss(student, teacher, center, temperature):
    """Algorithm 1 over all pairs; lists of [images, K], those of views 1 and 2 first."""
    targets = [F.softmax((t - center) / temperature, dim=-1).detach() for t in teacher]
    terms = [
        torch.sum(-q * F.log_softmax(s / STUDENT_TEMPERATURE, dim=-1), dim=-1).mean()
        for iq, q in enumerate(targets)
        for v, s in enumerate(student)
        if v != iq
    ]
    return sum(terms) / len(terms), -sum((q * torch.log(q)).sum(-1).mean() for q in targets) / 2


def by_lightly(student, teacher, center, temperature):
    criterion = DINOLoss(student[0].shape[1], student_temp=STUDENT_TEMPERATURE)
    criterion.center = center.reshape(1, 1, -1)
    return criterion([t.detach() for t in teacher], [s.detach() for s in student], teacher_temp=temperature)


def loss_case(images, local, prototypes):
    def rows(name, count):
        return torch.from_numpy(uniform(f"{name} {images} {local}", count * prototypes).reshape(count, prototypes))

    student, teacher, center = rows("student", (2 + local) * images), rows("teacher", 2 * images), 0.2 * rows("center", 1)
    student.requires_grad_()
    views = list(student[: 2 * images].chunk(2)) + list(student[2 * images :].reshape(images, local, prototypes).unbind(1))
    given = (views, teacher.chunk(2), center, TEMPERATURE)
    loss, entropy = dino_loss(*given)
    loss.backward()
    assert abs(loss.item() - by_lightly(*given).item()) < 1e-6 * loss.item()
    gradient = [number(g) for g in student.grad.reshape(-1).tolist()]
    return {"images": images, "locals": local, "prototypes": prototypes, "loss": number(loss.item(), 12), "entropy": number(entropy.item(), 12), "gradient": gradient}


def local_views(step, count):
    """[BATCH · count, 3, LOCAL, LOCAL], those of an image side by side."""
    made = [uniform(f"local {step} {image} {view}", LOCAL * LOCAL * 3).reshape(LOCAL, LOCAL, 3) for image in range(BATCH) for view in range(count)]
    return torch.from_numpy(np.stack(made).astype(np.float32).transpose(0, 3, 1, 2).copy())


def our_name(name, prefix):
    return prefix + name.replace("encoder.", "")


def optimizer_of(net, run):
    """utils.py, get_params_groups: neither biases nor what has one axis is decayed."""
    learned = [(n, p) for n, p in net.named_parameters() if p.requires_grad]
    regularized = [p for n, p in learned if not (n.endswith(".bias") or len(p.shape) == 1)]
    others = [p for n, p in learned if n.endswith(".bias") or len(p.shape) == 1]
    groups = [{"params": regularized, "weight_decay": run["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    if run["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=run["learningRate"])
    return torch.optim.SGD(groups, lr=run["learningRate"], momentum=run["momentum"])


def train(run, dtype, noise=None):
    student, teacher = (Network(run["projectorNorm"], run["normLastLayer"]) for _ in range(2))
    center = torch.zeros(1, PROTOTYPES)
    arrays = {"state.center": center.to(dtype)}
    for net, prefix in ((student, ""), (teacher, "state.teacher.")):
        net.to(dtype).train()
        arrays.update({our_name(n, prefix): t for n, t in net.state_dict().items() if "num_batches" not in n})
    before = {name: initial(name, tuple(t.shape)).astype(np.float32) for name, t in arrays.items()}
    for name, t in arrays.items():
        t.copy_(disturbed(torch.from_numpy(before[name]), dtype, noise).reshape(t.shape))
    center = arrays["state.center"]
    optimizer = optimizer_of(student, run)
    warm = LinearLR(optimizer, 1 / WARM, 1, total_iters=WARM - 1)
    scheduler = SequentialLR(optimizer, [warm, CosineAnnealingLR(optimizer, STEPS - WARM)], [WARM])
    temperatures = [*np.linspace(WARM_TEMPERATURE, TEMPERATURE, WARM_EPOCHS), *[TEMPERATURE] * (STEPS - WARM_EPOCHS)]
    momenta = [1 + 0.5 * (TEACHER_MOMENTUM - 1) * (1 + math.cos(math.pi * i / STEPS)) for i in range(STEPS)]
    out = {"losses": [], "metrics": [], "norms": [], "rates": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        both = disturbed(views(step), dtype, noise)
        sizes = [torch.cat([both[0::2], both[1::2]])]
        count = run["localViews"]
        if count > 0:
            sizes.append(disturbed(local_views(step, count), dtype, noise))
        said = student(sizes)
        with torch.no_grad():
            seen = teacher(sizes[:1])
        others = said[2 * BATCH :].reshape(BATCH, count, PROTOTYPES).unbind(1) if count > 0 else []
        loss, entropy = dino_loss([*said[: 2 * BATCH].chunk(2), *others], seen.chunk(2), center, temperatures[step])
        loss.backward()
        out["rates"].append(optimizer.param_groups[0]["lr"])
        norm = nn.utils.clip_grad_norm_(student.parameters(), math.inf)
        if step < run["freezeLastLayer"]:
            for n, p in student.named_parameters():
                if "last_layer" in n:
                    p.grad = None
        optimizer.step()
        scheduler.step()
        with torch.no_grad():
            center.copy_(center * CENTER_MOMENTUM + seen.mean(0, keepdim=True) * (1 - CENTER_MOMENTUM))
            for old, new in zip(teacher.parameters(), student.parameters()):
                old.mul_(momenta[step]).add_((1 - momenta[step]) * new)
        metrics = {"entropy": entropy.item(), "divergence": loss.item() - entropy.item()}
        for key, value in [("losses", loss.item()), ("metrics", metrics), ("norms", norm.item())]:
            out[key].append(value)
    changes = {n: t.detach().double().numpy().reshape(-1) - before[n].astype(np.float64) for n, t in arrays.items()}
    return out, changes, arrays


SETTINGS = {
    **{"method": "dino", "policy": "dino"},
    **{"projectorHidden": HIDDEN, "projectorDim": BOTTLENECK, "prototypes": PROTOTYPES, "studentTemperature": STUDENT_TEMPERATURE},
    **{"teacherTemperature": TEMPERATURE, "teacherTemperatureStart": WARM_TEMPERATURE, "teacherTemperatureWarmup": WARM_EPOCHS},
    **{"teacherMomentum": TEACHER_MOMENTUM, "centerMomentum": CENTER_MOMENTUM},
}
ADAMW = {"projectorNorm": False, "optimizer": "adamw", "learningRate": 0.0001, "weightDecay": 5.0}
# A decay so large that what is decayed, and what is not, shows; rates so small that rounding does not grow much in five steps.
RUNS = [
    {"name": "global views, AdamW", "localViews": 0, "normLastLayer": False, "freezeLastLayer": 2, **ADAMW},
    {"name": "two local views, AdamW", "localViews": 2, "normLastLayer": True, "freezeLastLayer": 1, **ADAMW, "still": ["head.last_layer.weight_g"]},
    # A batch normalisation takes the mean of its inputs away: the gradient of the offset before it is zero.
    {"name": "a local view, head with batch normalisation, SGD", "localViews": 1, "normLastLayer": False, "freezeLastLayer": 0, "projectorNorm": True, "optimizer": "sgd", "momentum": 0.9, "learningRate": 0.001, "weightDecay": 0.5, "still": ["head.mlp.0.bias", "head.mlp.3.bias"]},
]

if __name__ == "__main__":
    golden = {
        **{"torch": torch.__version__, "steps": STEPS, "warmup": WARM / STEPS, "batch": BATCH, "imageSize": SIZE, "cell": CELL, "local": LOCAL},
        **{"studentTemperature": STUDENT_TEMPERATURE, "teacherTemperature": TEMPERATURE},
        "cases": [loss_case(3, 0, 5), loss_case(2, 3, 7)],
        "runs": [golden_of({"architecture": "resnet9", **SETTINGS, **run}, train) for run in RUNS],
    }
    pathlib.Path(__file__).with_name("dino.json").write_text(json.dumps(golden) + "\n")
