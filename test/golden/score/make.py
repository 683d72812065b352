#!/usr/bin/env python3
"""Makes score.json: whole scores of a few images by the formulas of the papers, in NumPy and float64.

Run with numpy and torch installed:  python test/golden/score/make.py

L_f(x), L_g(x): mean distance between the representations of pairs of views (arXiv 2401.12233, equation 1; the authors' code has
l2 of unit vectors); memorization L_g - L_f; sslmem (L_g - L_f) / (L_g + L_f) (arXiv 2409.19069, equation 2). Standard errors
are the jackknife's: each view (pairs), augmented view (original) or pair (disjoint) left out in turn, and everything computed
again without it. Representations are named arrays of counted.py; the last case goes through ResNet-9 in float64.
"""
import itertools
import json
import math
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "torch"))
from counted import uniform  # noqa: E402

IMAGES, VIEWS, DIM, SIZE = 5, 6, 7, 12


def distance(kind, u, v):
    cosine = u @ v / (np.linalg.norm(u) * np.linalg.norm(v))
    return {
        "l2": np.linalg.norm(u - v),
        "cosine": 1 - cosine,
        "angular": math.acos(max(-1, min(1, cosine))) / math.pi,
        "l1": np.abs(u - v).sum(),
    }[kind]


def pairs_of(scheme, views):
    if scheme == "pairs":
        return list(itertools.combinations(views, 2))
    if scheme == "original":
        return [(0, view) for view in views if view != 0]
    return [(view, view + 1) for view in views if view % 2 == 0 and view + 1 in views]


def loss(x, kind, scheme, views):
    return float(np.mean([distance(kind, x[i], x[j]) for i, j in pairs_of(scheme, views)]))


def score(f, g, kind, scheme, normalize):
    """All numbers of one image. f, g: [views, dim]."""
    f, g = f.astype(np.float64), g.astype(np.float64)
    if normalize:
        f, g = f / np.linalg.norm(f, axis=1, keepdims=True), g / np.linalg.norm(g, axis=1, keepdims=True)
    everything = list(range(len(f)))
    groups = {"pairs": [[v] for v in everything], "original": [[v] for v in everything[1:]], "disjoint": [[v, v + 1] for v in everything[::2]]}

    def numbers(views):
        lf, lg = loss(f, kind, scheme, views), loss(g, kind, scheme, views)
        return {"lf": lf, "lg": lg, "memorization": lg - lf, "sslmem": (lg - lf) / (lg + lf)}

    whole = numbers(everything)
    left = [numbers([v for v in everything if v not in out]) for out in groups[scheme]]
    n = len(left)
    for name, error in [("lf", "lf_se"), ("lg", "lg_se"), ("memorization", "memorization_se"), ("sslmem", "se")]:
        values = np.array([one[name] for one in left])
        whole[error] = float(math.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))
    return whole


def representations(name):
    """float32 [IMAGES, VIEWS, DIM]; the last image's views are nearly the same ones."""
    image = uniform(f"{name} images", IMAGES * DIM).reshape(IMAGES, 1, DIM)
    noise = uniform(f"{name} views", IMAGES * VIEWS * DIM).reshape(IMAGES, VIEWS, DIM)
    spread = np.array([0.1, 0.5, 1.0, 4.0, 1e-4]).reshape(IMAGES, 1, 1)
    return (image + spread * noise).astype(np.float32)


def through_resnet9():
    import torch
    from make_steps import ResNet9, initial

    # Images of 4 x 4 pixels a cell, and views that differ from them by noise.
    cells = SIZE // 4
    image = uniform("images", 2 * cells * cells * 3).reshape(2, 1, cells, cells, 3).repeat(4, axis=2).repeat(4, axis=3)
    noise = uniform("views", 2 * 4 * SIZE * SIZE * 3).reshape(2, 4, SIZE, SIZE, 3)
    views = (image + 0.5 * noise).astype(np.float32).reshape(8, SIZE, SIZE, 3).transpose(0, 3, 1, 2)
    made, shapes = [], {}
    for name in ["f", "g"]:
        net = ResNet9().double().eval()
        for key, value in net.state_dict().items():
            if "num_batches" in key:
                continue
            shapes[key] = list(value.shape)
            start = initial(f"{name} {key}", tuple(value.shape)).astype(np.float32)
            value.copy_(torch.from_numpy(start).reshape(value.shape))
        with torch.no_grad():
            made.append(net(torch.from_numpy(views.copy()).double()).numpy().reshape(2, 4, -1))
    scores = [score(f, g, "l2", "pairs", True) for f, g in zip(*made)]
    return {"size": SIZE, "views": 4, "images": 2, "shapes": shapes, "scores": scores}


f, g = representations("f"), representations("g")
cases = [
    {"distance": kind, "scheme": scheme, "normalize": normalize, "scores": [score(a, b, kind, scheme, normalize) for a, b in zip(f, g)]}
    for kind in ["l2", "cosine", "angular", "l1"]
    for scheme in ["pairs", "original", "disjoint"]
    for normalize in [True, False]
]
golden = {"numpy": np.__version__, "images": IMAGES, "views": VIEWS, "dim": DIM, "cases": cases, "resnet9": through_resnet9()}
(HERE / "score.json").write_text(json.dumps(golden) + "\n")
