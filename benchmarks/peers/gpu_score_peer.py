"""Peer of scoring on a GPU: batched PyTorch in bf16. K views of every image by torchvision v2 on the device (per image,
as the definition wants), both encoders without a graph, all pairs of distances, results to the host once a batch.
Without torchvision the views are drawn as noise on the device, which costs nothing: the peer is then faster than it can be.

Prints one JSON line. Usage: gpu_score_peer.py --device cuda:0 --arch resnet50 --size 224 --images 512 --batch 64
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from gpu_nets import resnet

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cuda:0")
parser.add_argument("--arch", default="resnet50")
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--images", type=int, default=512)
parser.add_argument("--batch", type=int, default=64)
options = parser.parse_args()
torch.manual_seed(0)
K, kind = 10, options.device.split(":")[0]
torch.backends.cudnn.benchmark = True
f, g = (resnet(options.arch)[0].eval().to(options.device, memory_format=torch.channels_last) for _ in range(2))
size = options.size
try:
    import torchvision.transforms.v2 as T

    s = 0.5 if size <= 64 else 1.0
    blur = [T.RandomApply([T.GaussianBlur(max(1, int(0.1 * size + 1) // 2 * 2 - 1), (0.1, 2.0))], p=0.5)] if size > 64 else []
    chain = T.Compose(
        [T.RandomResizedCrop(size, antialias=True), T.RandomHorizontalFlip(), T.RandomApply([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8)]
        + [T.RandomGrayscale(0.2), *blur, T.ToDtype(torch.float32, scale=True), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    )
    how = "torchvision views"
except ImportError:
    chain, how = None, "views for nothing"
images = torch.randint(0, 256, (options.images, 3, size, size), dtype=torch.uint8, device=options.device)
first, second = torch.triu_indices(K, K, 1, device=options.device)


def score(batch):
    if chain is None:
        views = torch.randn(len(batch) * K, 3, size, size, device=options.device)
    else:
        views = torch.stack([chain(image) for image in batch for _ in range(K)])
    views = views.to(memory_format=torch.channels_last)
    losses = []
    for net in (f, g):
        with torch.autocast(kind, torch.bfloat16):
            z = net(views)
        z = F.normalize(z.float(), dim=1).view(len(batch), K, -1)
        losses.append((z[:, first] - z[:, second]).norm(dim=2).mean(1))
    return torch.stack(losses).tolist()


with torch.inference_mode():
    score(images[: options.batch])
    start = time.perf_counter()
    for at in range(0, options.images, options.batch):
        score(images[at : at + options.batch])
    seconds = time.perf_counter() - start
print(json.dumps({"peer": f"PyTorch {torch.__version__}, bf16, {how}", "value": options.images / seconds, "n": options.images}))
