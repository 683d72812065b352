#!/usr/bin/env python3
"""Makes facts.json: image facts and perceptual hashes by NumPy and SciPy. Run: python test/golden/facts/make.py"""
import json
import pathlib

import numpy as np
import scipy
from scipy import fft, ndimage

SEED = 3
rng = np.random.default_rng(SEED)


def area_matrix(size, side=32):
    """[side, size]: share of each pixel in each cell, by fine subdivision: exact, as side * size cuts hit every border."""
    fine = np.repeat(np.eye(size), side, axis=1)  # [size, size * side]
    return fine.reshape(size, side, size).mean(axis=2).T


def facts(image):
    rgb = image.astype(float)
    luma = rgb @ [0.299, 0.587, 0.114] / 255
    rg, yb = rgb[..., 0] - rgb[..., 1], (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    counts = np.bincount(np.floor(luma * 255 + 0.5).astype(int).ravel(), minlength=256)
    p = counts[counts > 0] / counts.sum()
    gradient = np.hypot(ndimage.sobel(luma, 0), ndimage.sobel(luma, 1))[1:-1, 1:-1] / 8
    h, w = luma.shape
    thumbnail = area_matrix(h) @ luma @ area_matrix(w).T
    block = fft.dctn(thumbnail, 2)[:8, :8]
    bits = (block > np.median(block)).ravel()
    return {
        "brightness": luma.mean(), "contrast": luma.std(),
        "colourfulness": np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()),
        "entropy": float(-(p * np.log2(p)).sum()), "edge_density": float((gradient > 0.1).mean()) if gradient.size else 0.0,
        "hash": f"{int(''.join('1' if b else '0' for b in bits), 2):016x}",
    }


cases = []
for h, w, smooth in [(32, 32, 3), (9, 7, 0), (40, 33, 2), (3, 50, 0)]:
    image = rng.uniform(0, 255, (h, w, 3))
    if smooth:
        image = ndimage.gaussian_filter(image, (smooth, smooth, 0))
        image = (image - image.min()) / (image.max() - image.min()) * 255
    image = image.astype(np.uint8)
    cases.append({"height": h, "width": w, "pixels": image.ravel().tolist(), "facts": facts(image)})
path = pathlib.Path(__file__).parent / "facts.json"
path.write_text(json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "seed": SEED, "cases": cases}))
