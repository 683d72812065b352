#!/usr/bin/env python3
"""Makes architectures.json: what timm's vision transformers and torchvision's ResNets compute, both narrowed, the position
embeddings of MAE's formula, and grids that PyTorch resamples.

Weights and images are no random numbers but sines of their places, which the test makes too (test/nn/architectures.test.ts).
Run with torch, torchvision and timm installed:  python test/golden/torch/make_architectures.py
"""
import json
import math
import pathlib

import numpy as np
import timm
import torch
import torchvision
from timm.layers import resample_abs_pos_embed
from timm.layers.drop import DropPath
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.backends.mkldnn.enabled = False  # its gradients of two channels end the process in torch 2.15


def flat(t):
    return [float(f"{v:.8g}") for v in t.detach().reshape(-1).tolist()]


def sines(key, count):
    return np.sin((np.arange(count) + 1.0) * 0.37 * (key + 1) + key)


def filled(module, scale_of):
    """Fills every array of a module with sines, numbered in the order of the state dict."""
    with torch.no_grad():
        arrays = {k: v for k, v in module.state_dict().items() if "num_batches" not in k}
        for key, (name, value) in enumerate(arrays.items()):
            offset, scale = scale_of(name, value)
            value.copy_(torch.from_numpy(offset + scale * sines(key, value.numel())).float().reshape(value.shape))
    return list(arrays)


def images(n, height, width):
    """NCHW, of sines in the order NHWC."""
    return torch.from_numpy(sines(99, n * height * width * 3)).float().reshape(n, height, width, 3).permute(0, 3, 1, 2)


# Vision transformers.


def vit_scale(name, value):
    if "norm" in name and name.endswith("weight"):
        return 1.0, 0.3
    if value.dim() >= 2 and "token" not in name and "pos" not in name:
        return 0.0, math.sqrt(2 / value[0].numel())
    return 0.0, 0.3


def tokens_of(net, x, keep=None):
    """timm's forward_features, its steps apart, so that some patches can be left out."""
    rows, columns = x.shape[2] // net.patch_embed.patch_size[0], x.shape[3] // net.patch_embed.patch_size[0]
    y = net.patch_embed.proj(x).flatten(2).transpose(1, 2)
    prefix = net.num_prefix_tokens
    pos = resample_abs_pos_embed(net.pos_embed, new_size=[rows, columns], num_prefix_tokens=prefix)
    y = y + pos[:, prefix:]
    if keep is not None:
        y = torch.gather(y, 1, keep[:, :, None].expand(-1, -1, y.shape[2]).long())
    if prefix:
        y = torch.cat([(net.cls_token + pos[:, :1]).expand(len(y), -1, -1), y], 1)
    return net.norm(net.blocks(y))


def small_scale(name, value):
    """Tokens whose variance is about what layer normalisation adds to it."""
    offset, scale = vit_scale(name, value)
    return offset, scale * (1 if name.startswith(("blocks", "norm")) else 0.005)


def vit_case(name, patch, size, class_token, view=None, keep=None, drop=0.0, small=False):
    net = VisionTransformer(
        img_size=size, patch_size=patch, embed_dim=8, depth=3, num_heads=2, num_classes=0, class_token=class_token,
        global_pool="token" if class_token else "avg", fc_norm=False, drop_path_rate=drop, dynamic_img_size=True)
    names = filled(net, small_scale if small else vit_scale)
    height, width = view or (size, size)
    x = images(2, height, width)
    kept = None if keep is None else torch.tensor(keep)
    noise = torch.from_numpy((sines(98, 2 * 6) + 1) / 2).float().reshape(2, 6)
    if drop > 0:
        net.train()
        paths = [m for m in net.modules() if isinstance(m, DropPath)]
        assert len(paths) == 4, "the first block drops nothing"
        for i, path in enumerate(paths, start=2):
            rate = path.drop_prob
            mask = (noise[:, i] >= rate).float() / (1 - rate)
            path.forward = lambda y, mask=mask: y * mask[:, None, None]
    else:
        net.eval()
    tokens = tokens_of(net, x, kept)
    if kept is None and drop == 0:
        assert torch.allclose(tokens, net.forward_features(x), atol=1e-6), "the steps apart are timm's own"
    pooled = tokens[:, 0] if class_token else tokens.mean(1)
    towards = torch.from_numpy(sines(97, tokens.numel())).float().reshape(tokens.shape)
    ((tokens * towards).sum() + (pooled * pooled).sum()).backward()
    return {"name": name, "patch": patch, "size": size, "classToken": class_token, "view": [height, width], "keep": keep,
            "dropPath": drop, "small": small, "names": names, "tokens": flat(tokens), "pooled": flat(pooled),
            "gradients": {k: flat(p.grad) for k, p in net.named_parameters() if not k.startswith(("blocks.1", "blocks.2"))}}


vits = [
    vit_case("patch 2, class token", 2, 8, True),
    vit_case("patch 8, no class token", 8, 16, False),
    vit_case("some patches", 2, 8, True, keep=[[5, 0, 15], [3, 2, 9]]),
    vit_case("some patches, no class token", 4, 16, False, keep=[[5, 0, 15], [3, 2, 9]]),
    vit_case("smaller views", 2, 10, True, view=(6, 6)),
    vit_case("larger views that are not square", 2, 8, False, view=(10, 12)),
    vit_case("tokens of little variance", 4, 8, True, small=True),
    vit_case("stochastic depth", 4, 8, True, drop=0.6),
]

# A file of a model for 224 pixels, taken for another size as timm takes it.


def file_case(size):
    shape = dict(patch_size=16, embed_dim=8, depth=3, num_heads=2, num_classes=0)
    whole = VisionTransformer(img_size=224, **shape)
    names = filled(whole, vit_scale)
    net = VisionTransformer(img_size=size, **shape).eval()
    net.load_state_dict(checkpoint_filter_fn(whole.state_dict(), net))
    tokens = net.forward_features(images(2, size, size))
    return {"size": size, "names": names, "pooled": flat(net.forward_head(tokens, pre_logits=True)),
            "mean": flat(tokens[:, 1:].mean(1))}


file = file_case(48)

# ResNets.


def resnet_scale(name, value):
    if value.dim() == 4:
        return 0.0, math.sqrt(2 / (value.shape[0] * value[0, 0].numel())) * math.sqrt(2)
    if name.endswith("running_var"):
        return 1.0, 0.5
    if name.endswith("weight"):
        return (0.1, 0.05) if "bn3" in name or "bn2" in name else (1.0, 0.3)
    return 0.0, 0.3


def resnet_case(depth, stem, width, size):
    block, counts = {18: ("BasicBlock", [2, 2, 2, 2]), 34: ("BasicBlock", [3, 4, 6, 3]),
                     50: ("Bottleneck", [3, 4, 6, 3]), 101: ("Bottleneck", [3, 4, 23, 3])}[depth]
    block = getattr(torchvision.models.resnet, block)
    net = torchvision.models.ResNet(block, counts)
    net.inplanes = width
    net.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False) if stem == "imagenet" else nn.Conv2d(3, width, 3, 1, 1, bias=False)
    net.bn1, net.fc = nn.BatchNorm2d(width), nn.Identity()
    if stem == "cifar":
        net.maxpool = nn.Identity()
    for i, count in enumerate(counts):
        setattr(net, f"layer{i + 1}", net._make_layer(block, width * 2**i, count, stride=1 if i == 0 else 2))
    names = filled(net, resnet_scale)
    x = images(3, size, size)
    net.eval()
    inference = net(x)
    net.train()
    output = net(x)
    (output * torch.from_numpy(sines(97, output.numel())).float().reshape(output.shape)).sum().backward()
    return {"depth": depth, "stem": stem, "width": width, "size": size, "names": names, "inference": flat(inference),
            "training": flat(output), "conv1Gradient": flat(net.conv1.weight.grad)}


resnets = [
    resnet_case(34, "imagenet", 2, 40),
    resnet_case(34, "cifar", 2, 9),
    resnet_case(50, "cifar", 2, 9),
    resnet_case(101, "imagenet", 2, 33),
    resnet_case(101, "cifar", 2, 9),
]

# Fixed positions (MAE, util/pos_embed.py), in float64, and grids resampled as timm does.


def sin_cos(dim, side):
    """Half of the values for the column, half for the row; each half sines, then cosines of place / 10000^(i / (dim / 4))."""
    rates = 10000.0 ** -(np.arange(dim // 4) / (dim / 4))
    rows = []
    for row in range(side):
        for column in range(side):
            rows.append(np.concatenate([f(at * rates) for at in (column, row) for f in (np.sin, np.cos)]))
    return np.stack(rows)


grids = []
for side, rows, columns in [(4, 6, 6), (4, 3, 3), (14, 3, 4), (3, 8, 5), (7, 1, 2), (1, 3, 3)]:
    grid = torch.from_numpy(sines(side, side * side * 2)).float().reshape(1, side, side, 2).permute(0, 3, 1, 2)
    out = F.interpolate(grid, size=(rows, columns), mode="bicubic", antialias=True)
    grids.append({"side": side, "rows": rows, "columns": columns, "values": flat(out.permute(0, 2, 3, 1))})

(HERE / "architectures.json").write_text(json.dumps({
    "torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__,
    "vits": vits, "file": file, "resnets": resnets, "grids": grids,
    "sinCos": {"dim": 12, "side": 3, "values": [float(v) for v in sin_cos(12, 3).reshape(-1)]},
}))
