#!/usr/bin/env python3
"""Makes golden.json and the .safetensors files beside it: what PyTorch computes for sslmem's layers, loss and optimisers.

Run with torch, torchvision and safetensors installed:  python test/golden/torch/make.py
Narrow networks keep the files small. Seeds and versions are written into golden.json.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F
import torchvision
from resnet9 import ResNet9
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
SEED = 20240116
torch.manual_seed(SEED)
torch.set_num_threads(1)


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().reshape(-1).tolist()]


def nt_xent(z, temperature):
    """Written from the paper's equation, views of an image side by side."""
    z = F.normalize(z, dim=1)
    s = z @ z.T / temperature
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), -math.inf)
    target = torch.arange(len(z)) ^ 1
    return F.cross_entropy(s, target), (s.argmax(1) == target).float().mean()


def resnet18(stem, width):
    net = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2])
    net.inplanes = width
    net.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False) if stem == "imagenet" else nn.Conv2d(3, width, 3, 1, 1, bias=False)
    net.bn1 = nn.BatchNorm2d(width)
    if stem == "cifar":
        net.maxpool = nn.Identity()
    for i in range(4):
        setattr(net, f"layer{i + 1}", net._make_layer(torchvision.models.resnet.BasicBlock, width * 2**i, 2, stride=1 if i == 0 else 2))
    net.fc = nn.Identity()
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    return net


def shake_statistics(net):
    """Running statistics and scales away from 0 and 1, so that folding them is tested."""
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.running_mean, -0.5, 0.5)
            nn.init.uniform_(m.running_var, 0.5, 2.0)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.bias, -0.5, 0.5)


golden = {"torch": torch.__version__, "torchvision": torchvision.__version__, "seed": SEED, "networks": [], "optimizers": []}

z = torch.randn(10, 7, requires_grad=True)
loss, accuracy = nt_xent(z, 0.5)
loss.backward()
golden["ntXent"] = {"temperature": 0.5, "z": flat(z), "shape": [10, 7], "loss": loss.item(), "accuracy": accuracy.item(), "gradient": flat(z.grad)}

for name, net, size in [
    ("resnet9", ResNet9([4, 5, 5, 5, 6, 7, 7, 7]), 17),
    ("resnet18-cifar", resnet18("cifar", 4), 13),
    ("resnet18", resnet18("imagenet", 4), 37),
]:
    shake_statistics(net)
    before = {k: v.clone() for k, v in net.state_dict().items() if "num_batches" not in k}
    save_file(before, HERE / f"{name}.safetensors")
    x = torch.randn(3, 3, size, size)
    net.eval()
    inference = net(x)
    net.train()
    output = net(x)
    weights = torch.randn_like(output)
    (output * weights).sum().backward()
    after = net.state_dict()
    golden["networks"].append({
        "name": name,
        "size": size,
        "x": flat(x.permute(0, 2, 3, 1)),
        "inference": flat(inference),
        "training": flat(output),
        "weights": flat(weights),
        "conv1Gradient": flat(net.conv1.weight.grad),
        "bn1": {"runningMean": flat(after["bn1.running_mean"]), "runningVar": flat(after["bn1.running_var"]), "gamma": flat(net.bn1.weight.grad), "beta": flat(net.bn1.bias.grad)},
    })

for name, make in [
    ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
    ("adamw", lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.01)),
]:
    w = torch.randn(3, 4)
    start, gradients, values = flat(w), [], []
    w.requires_grad_()
    optimizer = make([w])
    for _ in range(3):
        w.grad = torch.randn(3, 4)
        gradients.append(flat(w.grad))
        optimizer.step()
        values.append(flat(w))
    golden["optimizers"].append({"name": name, "start": start, "gradients": gradients, "values": values, "learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.01})

(HERE / "golden.json").write_text(json.dumps(golden))
