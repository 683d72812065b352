"""Peer of the augmentation benchmark: torchvision.transforms.v2 on uint8 tensors, SimCLR's chain, one thread.

Prints one JSON line. Usage: augment_peer.py --height 375 --width 500 --size 224 --jitter 1.0 --kernel 23 --seconds 8
"""

import argparse
import json
import os
import time

os.environ["OMP_NUM_THREADS"] = "1"

import torch
import torchvision
import torchvision.transforms.v2 as T

parser = argparse.ArgumentParser()
parser.add_argument("--height", type=int, required=True)
parser.add_argument("--width", type=int, required=True)
parser.add_argument("--size", type=int, required=True)
parser.add_argument("--jitter", type=float, required=True, help="strength of the colour jitter")
parser.add_argument("--kernel", type=int, required=True, help="of the blur; 0: no blur")
parser.add_argument("--images", type=int, default=16)
parser.add_argument("--seconds", type=float, default=8)
options = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(0)
s = options.jitter
chain = T.Compose(
    [
        T.RandomResizedCrop(options.size, antialias=True),
        T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
        T.RandomGrayscale(0.2),
        *([T.RandomApply([T.GaussianBlur(options.kernel, (0.1, 2.0))], p=0.5)] if options.kernel else []),
        T.ToDtype(torch.float32, scale=True),
        T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
images = torch.randint(0, 256, (options.images, 3, options.height, options.width), dtype=torch.uint8).unbind()

for image in images:  # warm-up
    chain(image)
rounds, means = [], []
end = time.perf_counter() + options.seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    views = [chain(image) for image in images]
    rounds.append(len(images) / (time.perf_counter() - start))
    means.append(float(torch.stack(views).mean()))
rounds.sort()
print(
    json.dumps(
        {
            "peer": f"torchvision {torchvision.__version__}",
            "views_per_second": rounds[len(rounds) // 2],
            "views": len(rounds) * len(images),
            "mean": sum(means) / len(means),
        }
    )
)
