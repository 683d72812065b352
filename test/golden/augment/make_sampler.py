#!/usr/bin/env python3
"""Draws parameters with torchvision's RandomResizedCrop and keeps the quantiles of their distributions (sampler.json).

    python test/golden/augment/make_sampler.py          # needs torch and torchvision
"""

import json
import pathlib

import torch
import torchvision
import torchvision.transforms.v2 as T

SEED, DRAWS = 20240607, 60000
LEVELS = [i / 20 for i in range(1, 20)]
# Where the crop is rarely, sometimes and always refused (then the fallback is taken); 1-pixel sides.
CASES = [
    (375, 500, (0.08, 1.0), (3 / 4, 4 / 3)),
    (32, 32, (0.2, 1.0), (3 / 4, 4 / 3)),
    (60, 200, (0.4, 1.0), (3 / 4, 4 / 3)),
    (10, 300, (0.9, 1.0), (3 / 4, 4 / 3)),
    (41, 7, (0.05, 0.4), (0.5, 3.0)),
    (1, 37, (0.08, 1.0), (3 / 4, 4 / 3)),
]


def main():
    torch.manual_seed(SEED)
    cases = []
    for height, width, scale, ratio in CASES:
        transform = T.RandomResizedCrop(8, scale=scale, ratio=ratio)
        image = torch.zeros(3, height, width)
        draws = [transform.make_params([image]) for _ in range(DRAWS)]
        case = {"height": height, "width": width, "scale": scale, "ratio": ratio, "below": {}}
        for name in ("top", "left", "height", "width"):
            values = torch.tensor([draw[name] for draw in draws], dtype=torch.float64)
            points = sorted({float(torch.quantile(values, level, interpolation="nearest")) for level in LEVELS})
            # The share of draws of at most each of some values: exact, however often values repeat.
            case["below"][name] = [[point, float((values <= point).double().mean())] for point in points]
        cases.append(case)
    index = {"schema": "sslmem/golden-sampler@1", "made_by": "test/golden/augment/make_sampler.py",
             "torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
             "seed": SEED, "draws": DRAWS, "cases": cases}
    path = pathlib.Path(__file__).resolve().parent / "sampler.json"
    path.write_text(json.dumps(index) + "\n")


if __name__ == "__main__":
    main()
