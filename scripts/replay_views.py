#!/usr/bin/env python3
"""Replays `sslmem views --format npy` with torchvision and says how far the pixels are apart.

    python scripts/replay_views.py IMAGES VIEWS

IMAGES is the folder that was given to `sslmem views`, VIEWS its --out. Needs torch, torchvision, numpy and pillow.
Every op of views.jsonl is called by its torchvision.transforms.v2.functional name with its own arguments on float32
tensors. Exits 1 when a difference exceeds 2e-5 (before normalisation; after it, divided by the smallest std).
"""
import json
import pathlib
import sys

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

CHAIN_TOLERANCE = 2e-5


def replay(image: torch.Tensor, ops: list) -> torch.Tensor:
    for op in ops:
        arguments = {key: value for key, value in op.items() if key != "op"}
        if "interpolation" in arguments:
            arguments["interpolation"] = InterpolationMode(arguments["interpolation"])
        image = getattr(functional, op["op"])(image, **arguments)
    return image


def main(images: pathlib.Path, views: pathlib.Path) -> int:
    made = np.load(views / "views.npy")
    lines = [json.loads(line) for line in (views / "views.jsonl").read_text().splitlines()]
    worst = 0.0
    scale = 1.0
    for number, line in enumerate(lines):
        picture = ImageOps.exif_transpose(Image.open(images / line["id"])).convert("RGB")
        tensor = torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255).permute(2, 0, 1)
        expected = replay(tensor, line["ops"]).expand(3, -1, -1).permute(1, 2, 0).numpy()
        actual = made[number // made.shape[1], number % made.shape[1]]
        worst = max(worst, float(np.abs(expected - actual).max()))
        if line["ops"][-1]["op"] == "normalize":
            scale = 1 / min(line["ops"][-1]["std"])
    bound = CHAIN_TOLERANCE * scale
    print(f"{len(lines)} views of {made.shape[0]} images: largest difference {worst:.2e}, bound {bound:.2e}")
    return int(not worst <= bound)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
