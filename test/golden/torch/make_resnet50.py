#!/usr/bin/env python3
"""Makes resnet50.json and resnet50.safetensors: what torchvision's ResNet-50, narrowed to a width of 2, computes.

Run with torch, torchvision and safetensors installed:  python test/golden/torch/make_resnet50.py
"""
import json
import pathlib

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
SEED, WIDTH, SIZE = 20261124, 2, 45
torch.manual_seed(SEED)
torch.set_num_threads(1)


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().reshape(-1).tolist()]


block, counts = torchvision.models.resnet.Bottleneck, [3, 4, 6, 3]
net = torchvision.models.ResNet(block, counts)
net.inplanes = WIDTH
net.conv1, net.bn1, net.fc = nn.Conv2d(3, WIDTH, 7, 2, 3, bias=False), nn.BatchNorm2d(WIDTH), nn.Identity()
for i, count in enumerate(counts):
    setattr(net, f"layer{i + 1}", net._make_layer(block, WIDTH * 2**i, count, stride=1 if i == 0 else 2))
for m in net.modules():
    if isinstance(m, nn.Conv2d):
        nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    if isinstance(m, nn.BatchNorm2d):  # away from 0 and 1, so that folding them is tested
        nn.init.uniform_(m.running_mean, -0.5, 0.5)
        nn.init.uniform_(m.running_var, 0.5, 2.0)
        nn.init.uniform_(m.weight, 0.5, 1.0)
        nn.init.uniform_(m.bias, -0.5, 0.5)
for m in net.modules():
    if isinstance(m, block):  # else sixteen blocks grow to thousands
        nn.init.uniform_(m.bn3.weight, 0.1, 0.4)

save_file({k: v.clone() for k, v in net.state_dict().items() if "num_batches" not in k}, HERE / "resnet50.safetensors")
x = torch.randn(3, 3, SIZE, SIZE)
net.eval()
inference = net(x)
net.train()
output = net(x)
weights = torch.randn_like(output)
(output * weights).sum().backward()
after = net.state_dict()
(HERE / "resnet50.json").write_text(json.dumps({
    "torch": torch.__version__, "torchvision": torchvision.__version__, "seed": SEED,
    "name": "resnet50", "size": SIZE, "x": flat(x.permute(0, 2, 3, 1)),
    "inference": flat(inference), "training": flat(output), "weights": flat(weights),
    "conv1Gradient": flat(net.conv1.weight.grad),
    "bn1": {"runningMean": flat(after["bn1.running_mean"]), "runningVar": flat(after["bn1.running_var"]), "gamma": flat(net.bn1.weight.grad), "beta": flat(net.bn1.bias.grad)},
}))
