"""Peer of the views on a GPU: torchvision.transforms.v2 on uint8 tensors of the device, per image or for a whole batch
(then all images of the batch share one draw of the parameters, which is no longer SimCLR).

Prints one JSON line. Usage: gpu_augment_peer.py --device cuda:0 --size 224 --views 512 --batched
"""

import argparse
import json
import time

import torch
import torchvision
import torchvision.transforms.v2 as T

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cuda:0")
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--views", type=int, default=512)
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--batched", action="store_true")
options = parser.parse_args()
torch.manual_seed(0)
kernel = int(0.1 * options.size + 1) // 2 * 2 - 1 if options.size > 64 else 0
kernel = max(kernel, 1)
chain = T.Compose(
    [
        T.RandomResizedCrop(options.size, antialias=True),
        T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.8, 0.8, 0.8, 0.2)], p=0.8),
        T.RandomGrayscale(0.2),
        *([T.RandomApply([T.GaussianBlur(kernel, (0.1, 2.0))], p=0.5)] if options.size > 64 else []),
        T.ToDtype(torch.float32, scale=True),
        T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
images = torch.randint(0, 256, (64, 3, 375, 500), dtype=torch.uint8, device=options.device)


def views():
    if options.batched:
        parts = options.views // len(images)
        out = [chain(images) for _ in range(max(1, parts))]
        made = len(out) * len(images)
    else:
        out = [chain(images[i % len(images)])[None] for i in range(options.views)]
        made = options.views
    float(torch.cat(out)[0, 0, 0, 0])  # waits
    return made


views()
rates, made, end = [], 0, time.perf_counter() + options.seconds
while time.perf_counter() < end or len(rates) < 2:
    start = time.perf_counter()
    count = views()
    rates.append(count / (time.perf_counter() - start))
    made += count
rates.sort()
name = f"torchvision {torchvision.__version__} v2, {'one draw for a batch' if options.batched else 'per image'}"
print(json.dumps({"peer": name, "value": rates[len(rates) // 2], "n": made}))
