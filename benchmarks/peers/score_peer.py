"""Peer of scoring: the paper's way (science of the authors' script): for every image, five times, both encoders on the
original and on one augmented view, at batch 1, the original computed again each time; result copied out per view.

Prints one JSON line. Usage: score_peer.py --images DIR --count 12 --threads 2
"""

import argparse
import json
import pathlib
import time

import torch
import torch.nn.functional as F
import torchvision
import torchvision.transforms as T
from PIL import Image
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--images", required=True)
parser.add_argument("--count", type=int, default=12)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
AUGMENTATIONS = 5


def encoder():
    net = torchvision.models.resnet18(weights=None)
    net.conv1, net.maxpool, net.fc = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity(), nn.Identity()
    return net.eval().to(memory_format=torch.channels_last)


f, g = encoder(), encoder()
plain = T.Compose([T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
augment = T.Compose([T.RandomResizedCrop(32), T.RandomHorizontalFlip(), T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8), T.RandomGrayscale(0.2), plain])
files = sorted(pathlib.Path(options.images).rglob("*.jpg"))[: options.count + 1]
rows, started = [], None
with torch.inference_mode():
    for path in files:
        if rows and started is None:
            started = time.perf_counter()  # the first image is the warm-up
        image = Image.open(path).convert("RGB")
        distances = {id(f): [], id(g): []}
        for _ in range(AUGMENTATIONS):
            view, original = augment(image)[None], plain(image)[None]
            for net in (f, g):
                a, b = F.normalize(net(original)), F.normalize(net(view))
                distances[id(net)].append(float((a - b).norm().numpy()))
        rows.append(sum(distances[id(g)]) / AUGMENTATIONS - sum(distances[id(f)]) / AUGMENTATIONS)
seconds = time.perf_counter() - started
print(json.dumps({"peer": f"PyTorch {torch.__version__}, batch 1", "images_per_second": options.count / seconds, "pairs": AUGMENTATIONS}))
