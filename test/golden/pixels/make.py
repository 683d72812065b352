#!/usr/bin/env python3
"""Makes pixels.json: what Pillow gives for every picture of test/data/pictures.

    npm run build && python test/golden/pixels/make.py     # needs pillow (with its own codecs), numpy

The pictures are written by the test's own generator, and their digests are in the file: a test whose pictures differ,
because sharp's encoders changed, says so; then run this again and look at what changed.
`stored` is Image.open(f).convert("RGB"), as torchvision.datasets.folder.default_loader; `exif` is the same of
ImageOps.exif_transpose, where it differs. Pixels: uint8 [height, width, 3], Base64; null where Pillow refuses the file.
"""
import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
import PIL
from PIL import Image, ImageOps, features

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
warnings.simplefilter("ignore")


def read(path, turn):
    try:
        with open(path, "rb") as file:
            image = Image.open(file)
            pixels = np.asarray((ImageOps.exif_transpose(image) if turn else image).convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        print(f"refused  {path.name}: {error}")
        return None
    height, width, _ = pixels.shape
    return {"height": height, "width": width, "pixels": base64.b64encode(pixels.tobytes()).decode()}


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["node", ROOT / "dist/test/data/pictures/write.js", folder], check=True)
    cases = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        case = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "stored": read(path, False)}
        turned = read(path, True) if case["stored"] else None
        if turned != case["stored"]:
            case["exif"] = turned
        cases[path.name] = case
codecs = {name: features.version(name) for name in ("libjpeg_turbo", "webp", "libtiff", "zlib", "avif")}
lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
head = json.dumps({"pillow": PIL.__version__, **codecs})
(HERE / "pixels.json").write_text(f'{{"made by": {head},\n "cases": {{\n{lines}\n}}}}\n')
print(f"{len(cases)} cases")
