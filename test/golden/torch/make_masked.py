#!/usr/bin/env python3
"""Makes masked.json: MAE and I-JEPA in PyTorch, on given weights, images and random numbers.

Run with torch and numpy installed:  python test/golden/torch/make_masked.py
With timm and lightly installed too, their decoder, predictor and targets are held to those here.

Both are written from their papers and their authors' code (facebookresearch/mae, models_mae.py; facebookresearch/ijepa,
src/models/vision_transformer.py, src/train.py), with patches put back in their places and a mask over all of them, which
sslmem does without. I-JEPA's blocks are drawn as sslmem documents, not as the authors draw them. What is kept of a run, and
how rounding is measured, is said in make_steps.py: of five AdamW steps the losses and how arrays change; for the gradients at
two shapes one step of SGD without momentum or decay, so that the change is the gradient times the rate.
"""
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from counted import uniform
from make_steps import disturbed, golden_of, initial
from torch import nn

BATCH, STEPS = 3, 5


def sincos(dim, side):
    """get_2d_sincos_pos_embed of both authors: [side², dim]; columns (w) in the first half."""
    omega = 1.0 / 10000 ** (np.arange(dim // 4, dtype=float) / (dim / 4.0))
    rows, columns = np.divmod(np.arange(side * side, dtype=float), side)
    parts = [f(np.outer(at, omega)) for at in (columns, rows) for f in (np.sin, np.cos)]
    return torch.from_numpy(np.concatenate(parts, axis=1).astype(np.float32))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        n, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (dim // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, tokens, dim))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(dim, 4 * dim), "fc2": nn.Linear(4 * dim, dim)})

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


def token(dim):
    return nn.Parameter(torch.zeros(1, 1, dim))


def fixed(dim, side, class_token):
    at = sincos(dim, side)
    at = torch.cat([torch.zeros(1, dim), at]) if class_token else at
    return nn.Parameter(at[None], requires_grad=False)


class ViT(nn.Module):
    """timm's names, MAE's order: positions, then the mask, then the class token."""

    def __init__(self, run):
        super().__init__()
        dim, side = run["dim"], run["imageSize"] // run["patch"]
        self.class_token = run["classToken"]
        if self.class_token:
            self.cls_token = token(dim)
        self.pos_embed = fixed(dim, side, self.class_token)
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, dim, run["patch"], run["patch"])})
        self.blocks = nn.ModuleList(Block(dim, run["heads"]) for _ in range(run["blocks"]))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x, keep=None):
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = x + self.pos_embed[:, int(self.class_token):]
        x = x if keep is None else take(x, keep)
        if self.class_token:
            first = self.cls_token + self.pos_embed[:, :1]
            x = torch.cat([first.expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def take(x, places):
    return torch.gather(x, 1, places[:, :, None].expand(-1, -1, x.shape[-1]))


def patchify(x, p):
    n, _, h, w = x.shape
    x = x.reshape(n, 3, h // p, p, w // p, p)
    return torch.einsum("nchpwq->nhwpqc", x).reshape(n, (h // p) * (w // p), p * p * 3)


class MaeDecoder(nn.Module):
    def __init__(self, run):
        super().__init__()
        dim, side = run["decoderDim"], run["imageSize"] // run["patch"]
        self.class_token = run["classToken"]
        self.mask_token, self.decoder_pos_embed = token(dim), fixed(dim, side, self.class_token)
        self.decoder_embed = nn.Linear(run["dim"], dim)
        self.decoder_blocks = nn.ModuleList(Block(dim, run["decoderHeads"]) for _ in range(run["decoderDepth"]))
        self.decoder_norm = nn.LayerNorm(dim, eps=1e-6)
        self.decoder_pred = nn.Linear(dim, run["patch"] ** 2 * 3)

    def forward(self, x, ids_restore):
        x = self.decoder_embed(x)
        first = int(self.class_token)
        missing = ids_restore.shape[1] + first - x.shape[1]
        patches = torch.cat([x[:, first:], self.mask_token.expand(len(x), missing, -1)], 1)
        x = torch.cat([x[:, :first], take(patches, ids_restore)], 1) + self.decoder_pos_embed
        for block in self.decoder_blocks:
            x = block(x)
        return self.decoder_pred(self.decoder_norm(x))[:, first:]


class Mae(nn.Module):
    """forward of models_mae.py."""

    def __init__(self, run):
        super().__init__()
        self.run, self.encoder, self.head = run, ViT(run), MaeDecoder(run)

    def forward(self, x, step):
        patches = (self.run["imageSize"] // self.run["patch"]) ** 2
        keep = int(patches * (1 - self.run["maskRatio"]))
        ids_shuffle = torch.argsort(torch.from_numpy(numbers("mask", step, patches)), dim=1, stable=True)
        ids_restore = torch.argsort(ids_shuffle, dim=1)
        mask = (ids_restore >= keep).to(x.dtype)
        predicted = self.head(self.encoder(x, ids_shuffle[:, :keep]), ids_restore)
        target = patchify(x, self.run["patch"])
        if self.run["normalizePixels"]:
            target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6).sqrt()
        loss = ((predicted - target) ** 2).mean(-1)
        return (loss * mask).sum() / mask.sum()

    def after(self, step, steps):
        pass


class IJepaPredictor(nn.Module):
    def __init__(self, run):
        super().__init__()
        dim, side = run["predictorDim"], run["imageSize"] // run["patch"]
        self.predictor_embed, self.mask_token = nn.Linear(run["dim"], dim), token(dim)
        self.predictor_pos_embed = fixed(dim, side, False)
        self.predictor_blocks = nn.ModuleList(Block(dim, run["predictorHeads"]) for _ in range(run["predictorDepth"]))
        self.predictor_norm, self.predictor_proj = nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, run["dim"])

    def forward(self, x, context, target):
        """Predicts one block of each image. @param target places [n, patches of a block]"""
        positions = self.predictor_pos_embed.expand(len(x), -1, -1)
        x = self.predictor_embed(x) + take(positions, context)
        kept = x.shape[1]
        x = torch.cat([x, self.mask_token + take(positions, target)], 1)
        for block in self.predictor_blocks:
            x = block(x)
        return self.predictor_proj(self.predictor_norm(x)[:, kept:])


class IJepa(nn.Module):
    """train_step of ijepa's train.py."""

    def __init__(self, run):
        super().__init__()
        self.run, self.encoder, self.predictor = run, ViT(run), IJepaPredictor(run)
        self.teacher = ViT(run)
        for parameter in self.teacher.parameters():
            parameter.requires_grad = False

    def forward(self, x, step):
        first = int(self.run["classToken"])
        targets, context = blocks(self.run, step)
        h = self.teacher(x)[:, first:]
        h = F.layer_norm(h, (h.size(-1),))
        z = self.encoder(x, context)[:, first:]
        told = torch.cat([self.predictor(z, context, target) for target in targets])
        return F.smooth_l1_loss(told, torch.cat([take(h, target) for target in targets]))

    @torch.no_grad()
    def after(self, step, steps):
        start = self.run["targetMomentum"]
        m = start + step * (1 - start) / steps
        for old, new in zip(self.teacher.parameters(), self.encoder.parameters()):
            old.mul_(m).add_((1 - m) * new)


def numbers(name, step, count):
    """float32 [BATCH, count] in [0, 1), multiples of 2^-24."""
    return ((uniform(f"{name} {step}", BATCH * count) + 1) / 2).astype(np.float32).reshape(BATCH, count)


def blocks(run, step):
    """Places of each target block, [BATCH, size] each, and of the context: see src/methods/ijepa.ts."""
    side, count = run["imageSize"] // run["patch"], run["targetBlocks"]
    area = run["targetScale"] * side * side
    long, short = (max(1, round(math.sqrt(a))) for a in (area * math.sqrt(1.5), area / math.sqrt(1.5)))
    drawn, order = numbers("blocks", step, 3 * count), numbers("context", step, side * side)
    targets, context = np.zeros((count, BATCH, long * short), np.int64), []
    for image in range(BATCH):
        free = np.ones((side, side), bool)
        for block in range(count):
            turned, down, right = drawn[image, 3 * block: 3 * block + 3]
            high, wide = (long, short) if turned < 0.5 else (short, long)
            top, left = (int(np.float32(u) * np.float32(side + 1 - length)) for u, length in ((down, high), (right, wide)))
            inside = np.zeros((side, side), bool)
            inside[top: top + high, left: left + wide] = True
            targets[block, image] = np.flatnonzero(inside)
            free &= ~inside
        places = np.flatnonzero(free)
        kept = side * side - count * long * short
        context.append(places[np.argsort(order[image, places], kind="stable")[:kept]])
    return torch.from_numpy(targets), torch.from_numpy(np.stack(context))


def images(run, step):
    size = run["imageSize"]
    x = uniform(f"images {step}", BATCH * size * size * 3).reshape(BATCH, size, size, 3)
    return torch.from_numpy(x.astype(np.float32).transpose(0, 3, 1, 2).copy())


def our_name(name):
    """An array's name in sslmem's files."""
    return name.replace("teacher.", "state.teacher.").replace("encoder.", "")


def beginning(name, shape):
    return 1 + 0.3 * uniform(name, shape[-1]) if len(shape) == 3 else initial(name, shape)


def optimizer_of(net, run):
    learned = [(n, p) for n, p in net.named_parameters() if p.requires_grad]
    alone = [p for n, p in learned if p.ndim <= 1 or n.endswith(".bias")]
    decayed = [p for n, p in learned if not (p.ndim <= 1 or n.endswith(".bias"))]
    groups = [{"params": decayed, "weight_decay": run["weightDecay"]}, {"params": alone, "weight_decay": 0.0}]
    if run["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=run["learningRate"], betas=(run["beta1"], run["beta2"]))
    return torch.optim.SGD(groups, lr=run["learningRate"])


def train(run, dtype, noise=None):
    net = {"mae": Mae, "ijepa": IJepa}[run["method"]](run).to(dtype)
    state = {our_name(n): t for n, t in net.state_dict().items() if not n.endswith("pos_embed")}
    before = {name: beginning(name, tuple(t.shape)).astype(np.float32) for name, t in state.items()}
    for name, t in state.items():
        t.copy_(disturbed(torch.from_numpy(before[name]), dtype, noise).reshape(t.shape))
    optimizer, out = optimizer_of(net, run), {"losses": [], "norms": []}
    for step in range(run["steps"]):
        optimizer.zero_grad()
        loss = net(disturbed(images(run, step), dtype, noise), step)
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in net.parameters() if p.grad is not None]).norm()
        optimizer.step()
        net.after(step, run["steps"])
        out["losses"].append(loss.item())
        out["norms"].append(norm.item())
    changes = {n: t.double().numpy().reshape(-1) - before[n].astype(np.float64) for n, t in state.items()}
    return out, changes, state


def compare_with_libraries():
    """The same decoder, predictor and targets by timm and lightly, where they are installed."""
    try:
        from lightly.models import utils
        from lightly.models.modules import IJEPAPredictorTIMM, MAEDecoderTIMM
    except ImportError as error:
        return print("not compared with timm and lightly:", error)
    run = {**RUNS[0], "classToken": True}
    ours, x = MaeDecoder(run), torch.randn(2, 17, run["dim"])
    side = run["imageSize"] // run["patch"]
    theirs = MAEDecoderTIMM(
        num_patches=side * side, patch_size=run["patch"], in_chans=3, embed_dim=run["dim"], decoder_embed_dim=run["decoderDim"],
        decoder_depth=run["decoderDepth"], decoder_num_heads=run["decoderHeads"], mlp_ratio=4.0,
    )
    theirs.load_state_dict(ours.state_dict())
    restore = torch.stack([torch.randperm(side * side) for _ in range(2)])
    tokens = theirs.embed(x)
    patches = torch.cat([tokens[:, 1:], theirs.mask_token.expand(2, side * side - 16, -1)], 1)
    said = theirs.predict(theirs.decode(torch.cat([tokens[:, :1], take(patches, restore)], 1)))[:, 1:]
    torch.testing.assert_close(ours(x, restore), said)
    view = torch.randn(2, 3, run["imageSize"], run["imageSize"])
    rows = patchify(view, run["patch"])
    torch.testing.assert_close(rows, utils.patchify(view, run["patch"]))
    normed = (rows - rows.mean(-1, keepdim=True)) / (rows.var(-1, keepdim=True) + 1e-6).sqrt()
    torch.testing.assert_close(normed, utils.normalize_mean_var(rows))
    run = {**IJEPA, **LARGE}
    ours = IJepaPredictor(run)
    theirs = IJEPAPredictorTIMM(
        num_patches=36, depth=run["predictorDepth"], mlp_dim=run["dim"], predictor_embed_dim=run["predictorDim"], num_heads=run["predictorHeads"],
        qkv_bias=True, mlp_ratio=4.0, drop_path_rate=0.0, proj_drop_rate=0.0, attn_drop_rate=0.0,
    )
    theirs.load_state_dict(ours.state_dict())
    targets, context = blocks(run, 0)
    seen = torch.randn(BATCH, context.shape[1], run["dim"])
    told = torch.cat([ours(seen, context, target) for target in targets])
    torch.testing.assert_close(told, theirs(seen, [context], list(targets)))
    print("equal to lightly and timm: decoder, predictor, patchify, normalize_mean_var")


VIT = {"dim": 16, "heads": 2, "blocks": 2}
SMALL, LARGE = {"imageSize": 16, "patch": 2, **VIT}, {"imageSize": 24, "patch": 4, **VIT, "blocks": 1}
MAE = {"method": "mae", "maskRatio": 0.75, "decoderDepth": 2, "decoderDim": 12, "decoderHeads": 3, "normalizePixels": True, "classToken": True}
IJEPA = {"method": "ijepa", "targetBlocks": 4, "targetScale": 0.15, "predictorDepth": 2, "predictorDim": 12, "predictorHeads": 3, "targetMomentum": 0.9, "classToken": False}
ADAMW = {"optimizer": "adamw", "learningRate": 0.001, "beta1": 0.9, "beta2": 0.95, "weightDecay": 5.0, "steps": STEPS}
# A rate so large that the rounding of what changes to float32 is small beside its change.
GRADIENT = {"optimizer": "sgd", "momentum": 0, "weightDecay": 0, "steps": 1}
RUNS = [
    {"name": "five steps", **MAE, **SMALL, **ADAMW},
    {"name": "gradients", **MAE, **SMALL, **GRADIENT, "learningRate": 100.0},
    {"name": "gradients without class token and normalisation", **MAE, **LARGE, **GRADIENT, "learningRate": 100.0, "decoderDepth": 1, "maskRatio": 0.6, "classToken": False, "normalizePixels": False},
    {"name": "five steps", **IJEPA, **SMALL, **ADAMW},
    {"name": "gradients", **IJEPA, **SMALL, **GRADIENT, "learningRate": 100.0},
    {"name": "gradients with a class token", **IJEPA, **LARGE, **GRADIENT, "learningRate": 100.0, "predictorDepth": 1, "targetBlocks": 3, "targetScale": 0.1, "classToken": True},
]

if __name__ == "__main__":
    compare_with_libraries()
    golden = {"torch": torch.__version__, "batch": BATCH, "runs": [golden_of({"architecture": run["method"], **run}, train) for run in RUNS]}
    pathlib.Path(__file__).with_name("masked.json").write_text(json.dumps(golden) + "\n")
