#!/usr/bin/env python3
"""Makes the golden set of the augmentation with torchvision.

Every case is an image and a list of operations (the JSON that sslmem writes to views.jsonl); what is expected is
torchvision.transforms.v2.functional, one operation after the other, on the float32 tensor of the image.

    python test/golden/augment/make.py          # needs torch, torchvision, numpy

Writes, beside this file:
    images.bin    uint8 RGB [height, width, 3] of all images, one after the other
    expected.bin  float32 [height, width, 3] of all cases, one after the other
    index.json    images, cases (with offsets in bytes and floats) and where they come from: versions, seed, sha256
"""

import hashlib
import json
import pathlib
import random

import numpy as np
import torch
import torchvision
import torchvision.transforms.v2.functional as F

SEED = 20240607
HERE = pathlib.Path(__file__).resolve().parent
INTERPOLATION = {
    "bilinear": torchvision.transforms.InterpolationMode.BILINEAR,
    "bicubic": torchvision.transforms.InterpolationMode.BICUBIC,
}


def apply_op(x, op):
    """One operation with torchvision's function of that name."""
    arguments = {k: v for k, v in op.items() if k != "op"}
    if "interpolation" in arguments:
        arguments["interpolation"] = INTERPOLATION[arguments["interpolation"]]
    return getattr(F, op["op"])(x, **arguments)


def apply_ops(image, ops):
    x = F.to_dtype(torch.from_numpy(image).permute(2, 0, 1).contiguous(), torch.float32, scale=True)
    for op in ops:
        x = apply_op(x, op)
    return x.permute(1, 2, 0).contiguous().numpy()


def smooth(rng, height, width):
    """Something like a photograph: coarse colour fields, an edge, a little noise."""
    coarse = torch.from_numpy(rng.uniform(-40, 295, (1, 3, height // 6 + 2, width // 6 + 2)))
    x = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    x = x[0].permute(1, 2, 0).numpy() + rng.normal(0, 6, (height, width, 3))
    x[height // 3 :, width // 2 :] = 255 - x[height // 3 :, width // 2 :]
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def make_images():
    rng = np.random.default_rng(SEED)
    noise = lambda h, w: rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
    # Pure and repeated channel values: every tie that the hue has to break, black and white.
    corners = np.array([[r, g, b] for r in (0, 128, 255) for g in (0, 128, 255) for b in (0, 128, 255)], np.uint8)
    gray = smooth(rng, 19, 13)[:, :, :1].repeat(3, axis=2)
    one_channel = noise(9, 11)
    one_channel[:, :, 0] = 0
    return {
        "photo": smooth(rng, 23, 17),
        "photo_wide": smooth(rng, 14, 31),
        "noise": noise(12, 15),
        "gray": gray,
        "corners": corners.reshape(3, 9, 3),
        "binary": (noise(13, 10) // 128 * 255).astype(np.uint8),
        "red_is_zero": one_channel,
        "pixel": noise(1, 1),
        "row": noise(1, 37),
        "column": noise(41, 1),
        "strip_wide": noise(2, 640),
        "strip_tall": noise(517, 2),
        "large": smooth(rng, 60, 83),
    }


def resized_crop(top, left, height, width, size, interpolation="bilinear", antialias=True):
    return {"op": "resized_crop", "top": top, "left": left, "height": height, "width": width, "size": size,
            "interpolation": interpolation, "antialias": antialias}


def resize(size, interpolation="bilinear", antialias=True):
    return {"op": "resize", "size": size, "interpolation": interpolation, "antialias": antialias}


def blur(kernel, sigma):
    return {"op": "gaussian_blur", "kernel_size": kernel, "sigma": sigma}


def adjust(name, factor):
    return {"op": f"adjust_{name}", f"{name}_factor": factor}


GRAYSCALE = {"op": "rgb_to_grayscale", "num_output_channels": 3}
HFLIP, VFLIP = {"op": "horizontal_flip"}, {"op": "vertical_flip"}
NORMALIZE = {"op": "normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def single_ops():
    """(image, ops) of every operation alone."""
    for image in ("photo", "gray", "corners", "binary", "pixel", "row", "red_is_zero"):
        for name in ("brightness", "contrast", "saturation"):
            for factor in (0.0, 0.37, 1.0, 1.8, 25.0):
                yield image, [adjust(name, factor)]
        for factor in (-0.5, -0.2, -1 / 6, 0.0, 0.07, 1 / 3, 0.5):
            yield image, [adjust("hue", factor)]
        yield image, [GRAYSCALE]
        yield image, [{"op": "invert"}]
        for threshold in (0.0, 0.5, 128 / 255, 1.0):
            yield image, [{"op": "solarize", "threshold": threshold}]
        yield image, [NORMALIZE]
        yield image, [HFLIP]
        yield image, [VFLIP]
        yield image, []

    for interpolation in ("bilinear", "bicubic"):
        for antialias in (True, False):
            method = (interpolation, antialias)
            yield "photo", [resized_crop(3, 2, 17, 11, [8, 9], *method)]  # down
            yield "photo", [resized_crop(5, 4, 6, 5, [19, 21], *method)]  # up
            yield "photo", [resized_crop(0, 0, 23, 4, [7, 13], *method)]  # down and up
            yield "photo", [resized_crop(2, 3, 9, 8, [9, 8], *method)]  # same size
            yield "photo", [resized_crop(7, 7, 1, 1, [5, 6], *method)]
            yield "photo", [resized_crop(0, 0, 23, 17, [1, 1], *method)]
            yield "photo", [resized_crop(-4, -3, 20, 30, [10, 11], *method)]  # beyond the image
            yield "photo", [resized_crop(18, 12, 9, 9, [6, 5], *method)]
            yield "large", [resized_crop(1, 2, 58, 80, [3, 4], *method)]
            yield "gray", [resized_crop(4, 1, 13, 11, [16, 7], *method)]
            yield "binary", [resized_crop(1, 1, 11, 8, [14, 15], *method)]
            yield "pixel", [resized_crop(0, 0, 1, 1, [4, 3], *method)]
            yield "row", [resized_crop(0, 5, 1, 30, [3, 12], *method)]
            yield "column", [resized_crop(1, 0, 39, 1, [17, 2], *method)]
            yield "strip_wide", [resize([2, 200], *method)]  # positions where float32 rounding shows
            yield "strip_wide", [resized_crop(0, 3, 2, 633, [1, 331], *method)]
            yield "strip_tall", [resize([200, 2], *method)]
            # Not to a width of 1: torch 2.11 then repeats the first row (antialiased, height > 1), which is a fault of torch's.
            yield "strip_tall", [resized_crop(5, 0, 500, 2, [251, 2], *method)]
            yield "photo_wide", [resize([9], *method)]
            yield "photo", [resize([20], *method)]
            yield "large", [resize([24], *method)]

    for image in ("photo", "row", "pixel"):
        for size in ([6, 4], [30, 9], [8, 40], [24, 18], [1, 1]):
            yield image, [{"op": "center_crop", "output_size": size}]
    yield "photo", [{"op": "crop", "top": 4, "left": 3, "height": 7, "width": 9}]
    yield "photo", [{"op": "crop", "top": -4, "left": 10, "height": 40, "width": 12}]
    yield "photo", [{"op": "crop", "top": 30, "left": 2, "height": 3, "width": 5}]
    for mode in ("constant", "reflect", "edge"):
        yield "photo", [{"op": "pad", "padding": [4, 3, 2, 1], "fill": 0, "padding_mode": mode}]
        yield "noise", [{"op": "pad", "padding": [0, 5, 9, 0], "fill": 0, "padding_mode": mode}]
    yield "photo", [{"op": "pad", "padding": [1, 2, 3, 4], "fill": 0.6, "padding_mode": "constant"}]
    yield "row", [{"op": "pad", "padding": [36, 0, 36, 0], "fill": 0, "padding_mode": "reflect"}]
    yield "pixel", [{"op": "pad", "padding": [3, 2, 3, 2], "fill": 0, "padding_mode": "edge"}]

    for kernel, sigma in (([3, 3], [0.1, 0.1]), ([3, 5], [0.8, 2.0]), ([23, 23], [1.3, 1.3]), ([23, 5], [9.0, 0.3]),
                          ([1, 7], [1.0, 1.0]), ([7, 7], [100.0, 100.0]), ([5, 5], [0.02, 0.02])):
        yield "photo", [blur(kernel, sigma)]
        yield "large", [{"op": "crop", "top": 9, "left": 20, "height": 16, "width": 20}, blur(kernel, sigma)]
    yield "row", [blur([23, 1], [2.0, 2.0])]
    yield "column", [blur([1, 9], [1.0, 1.5])]
    yield "pixel", [blur([1, 1], [1.0, 1.0])]


def chains():
    """(image, ops) of several operations: the orders of the jitter, whole policies, overshoot before a hue, odd orders."""
    draw = random.Random(SEED)
    jitter = [adjust("brightness", 1.31), adjust("contrast", 0.62), adjust("saturation", 1.7), adjust("hue", -0.13)]
    for first in range(4):
        order = jitter[first:] + jitter[:first]
        yield "photo", [resized_crop(2, 1, 18, 15, [16, 16]), HFLIP, *order, NORMALIZE]
        yield "gray", [resized_crop(2, 1, 16, 11, [12, 14]), *reversed(order), GRAYSCALE]
        yield "binary", [resized_crop(0, 0, 13, 10, [17, 16], "bicubic"), *order]
    for image in ("binary", "gray", "red_is_zero", "photo"):
        for factor in (-0.4, 0.0, 0.11, 0.5):
            yield image, [resize([15, 14], "bicubic"), adjust("hue", factor), adjust("contrast", 1.4)]
    yield "photo", [VFLIP, HFLIP, resized_crop(3, 3, 9, 9, [7, 7]), VFLIP]
    yield "photo", [HFLIP, VFLIP, adjust("contrast", 0.5), adjust("contrast", 2.0), HFLIP]
    yield "photo", [blur([3, 3], [1.0, 1.0]), blur([5, 5], [0.7, 0.7]), adjust("contrast", 1.5), blur([3, 3], [2.0, 2.0])]
    yield "large", [resize([40]), {"op": "center_crop", "output_size": [20, 20]}, NORMALIZE]
    yield "photo", [{"op": "pad", "padding": [4, 4, 4, 4], "fill": 0, "padding_mode": "reflect"},
                    {"op": "crop", "top": 5, "left": 1, "height": 23, "width": 17}, HFLIP, NORMALIZE]
    yield "photo", [{"op": "pad", "padding": [2, 2, 2, 2], "fill": 0.4, "padding_mode": "constant"},
                    {"op": "crop", "top": -1, "left": -2, "height": 25, "width": 20}, adjust("hue", 0.2)]
    yield "photo", [NORMALIZE, adjust("hue", 0.21), {"op": "invert"}, resize([9, 9])]
    yield "photo", [adjust("brightness", 0.4), resized_crop(1, 1, 20, 14, [9, 10], "bicubic", False), adjust("hue", 0.3)]
    yield "photo", [{"op": "crop", "top": 2, "left": 2, "height": 15, "width": 12}, resize([8], "bicubic"), GRAYSCALE]

    names = ["photo", "photo_wide", "noise", "gray", "binary", "corners", "large"]
    sizes = {name: image.shape[:2] for name, image in make_images().items()}
    for _ in range(24):  # SimCLR-like and DINO-like views
        image = draw.choice(names)
        height, width = sizes[image]
        h, w = draw.randint(1, height), draw.randint(1, width)
        top, left = draw.randint(0, height - h), draw.randint(0, width - w)
        side = draw.choice([9, 12, 15])
        ops = [resized_crop(top, left, h, w, [side, side], draw.choice(["bilinear", "bicubic"]))]
        ops += [HFLIP] if draw.random() < 0.5 else []
        factors = [adjust("brightness", draw.uniform(0.2, 1.8)), adjust("contrast", draw.uniform(0.2, 1.8)),
                   adjust("saturation", draw.uniform(0.2, 1.8)), adjust("hue", draw.uniform(-0.2, 0.2))]
        ops += draw.sample(factors, 4) if draw.random() < 0.8 else []
        ops += [GRAYSCALE] if draw.random() < 0.2 else []
        ops += [blur([9, 9], [draw.uniform(0.1, 2.0)] * 2)] if draw.random() < 0.5 else []
        ops += [{"op": "solarize", "threshold": 0.5}] if draw.random() < 0.2 else []
        yield image, ops

    # The policies asym (its second view) and moco, whose flip comes last; Pillow's threshold of 128.
    for image in ("photo", "gray", "large"):
        height, width = sizes[image]
        colours = [adjust("hue", 0.08), adjust("saturation", 0.81), adjust("brightness", 1.37), adjust("contrast", 0.66)]
        crop = (1, 2, height - 4, width - 3, [14, 14])
        yield image, [resized_crop(*crop, "bicubic"), HFLIP, *colours, blur([3, 3], [0.9, 0.9]), {"op": "solarize", "threshold": 128 / 255}, NORMALIZE]
        yield image, [resized_crop(*crop, "bilinear"), *colours, GRAYSCALE, blur([3, 3], [1.6, 1.6]), HFLIP, NORMALIZE]


def main():
    torch.set_num_threads(1)
    images, expected, cases, places = make_images(), [], [], []
    pixels, floats = 0, 0
    for name, image in images.items():
        places.append({"name": name, "height": image.shape[0], "width": image.shape[1], "offset": pixels})
        pixels += image.size
    for kind, source in (("single", single_ops()), ("chain", chains())):
        for image, ops in source:
            result = apply_ops(images[image], ops)
            cases.append({"kind": kind, "image": image, "ops": ops, "height": result.shape[0], "width": result.shape[1],
                          "offset": floats, "undefined": int(np.count_nonzero(~np.isfinite(result)))})
            expected.append(result.astype("<f4"))
            floats += result.size
    image_bytes = b"".join(image.tobytes() for image in images.values())
    expected_bytes = b"".join(result.tobytes() for result in expected)
    (HERE / "images.bin").write_bytes(image_bytes)
    (HERE / "expected.bin").write_bytes(expected_bytes)
    index = {
        "schema": "sslmem/golden-augment@1",
        "made_by": "test/golden/augment/make.py",
        "torch": torch.__version__.split("+")[0],
        "torchvision": torchvision.__version__.split("+")[0],
        "numpy": np.__version__,
        "seed": SEED,
        "images_sha256": hashlib.sha256(image_bytes).hexdigest(),
        "expected_sha256": hashlib.sha256(expected_bytes).hexdigest(),
    }
    with open(HERE / "index.json", "w") as file:
        file.write(json.dumps(index, indent=1)[:-2])
        for key, rows in (("images", places), ("cases", cases)):
            file.write(f',\n "{key}": [\n  ' + ",\n  ".join(json.dumps(row) for row in rows) + "\n ]")
        file.write("\n}\n")
    undefined = [case for case in cases if case["undefined"]]
    print(f"{len(cases)} cases, {len(expected_bytes)} bytes expected, {len(undefined)} with undefined values")


if __name__ == "__main__":
    main()
