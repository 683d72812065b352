import { basename } from "node:path";

/** What a file is that was given as weights and is no safetensors file, and what makes one of it. */
export interface WhatFile {
  /** For "… but it is <what>". */
  readonly what: string;
  /** What to type or to do. */
  readonly hint: string;
}

/** Bytes of the beginning that whatFile looks at. */
export const LOOKED_AT = 4096;

/**
 * Says what a file is by its first bytes and its name.
 *
 * @param head at least its first LOOKED_AT bytes, or all of it
 * @returns null for what it does not know, which may be safetensors
 */
export function whatFile(head: Buffer, path: string): WhatFile | null {
  if (head.length === 0) return { what: "empty", hint: "get the file again from where it came" };
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  const text = head.toString("latin1", 0, LOOKED_AT);
  if (starts(0x50, 0x4b, 0x03, 0x04)) {
    if (/data\.pkl|\.data\/|archive\//.test(text)) return { what: "a PyTorch file", hint: fromTorch(path) };
    if (/\.npy/.test(text)) return { what: "a NumPy archive (npz)", hint: fromNumPy(path) };
    return { what: "a zip archive", hint: `unzip ${basename(path)}, then the weights file in it` };
  }
  // A pickle begins with its protocol; PyTorch's files of before 1.6 with a number that only they have.
  if (head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5) {
    const isTorch =
      text.includes("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") ||
      /torch|\.(pth|pt|ckpt|bin)/i.test(text + path);
    return { what: isTorch ? "a PyTorch file (pickle)" : "a Python pickle", hint: fromTorch(path) };
  }
  if (text.startsWith("version https://git-lfs"))
    return {
      what: "a Git LFS pointer, which stands for the file",
      hint: `git lfs pull --include ${basename(path)}, in the repository that it is from`,
    };
  if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(text))
    return {
      what: "a web page (HTML)",
      hint: "download the file itself, not the page that shows it; curl -L follows redirections",
    };
  if (starts(0x1f, 0x8b))
    return { what: "compressed by gzip", hint: `gunzip -c ${basename(path)} > weights.safetensors` };
  if (starts(0x28, 0xb5, 0x2f, 0xfd))
    return { what: "compressed by zstd", hint: `zstd -d ${basename(path)} -o weights.safetensors` };
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a))
    return { what: "compressed by xz", hint: `xz -dc ${basename(path)} > weights.safetensors` };
  if (starts(0x42, 0x5a, 0x68))
    return { what: "compressed by bzip2", hint: `bunzip2 -c ${basename(path)} > weights.safetensors` };
  if (text.slice(257, 262) === "ustar")
    return { what: "a tar archive", hint: `tar xf ${basename(path)}, then the weights file in it` };
  if (starts(0x89, 0x48, 0x44, 0x46))
    return { what: "an HDF5 file (Keras)", hint: "weights of a PyTorch model: sslmem has PyTorch's layouts" };
  if (text.startsWith("\x93NUMPY"))
    return {
      what: "a NumPy array (npy)",
      hint: "a safetensors file with an array for each of PyTorch's names",
    };
  if (text.startsWith("GGUF"))
    return { what: "a GGUF file (quantised)", hint: "the model's safetensors file, from where it came" };
  if (text.slice(4, 8) === "TFL3") return { what: "a TensorFlow Lite file", hint: NEEDS_TORCH };
  // Its first field is the version, the second names who wrote it.
  if (/\.onnx$/i.test(path) || (starts(0x08) && /^(pytorch|tf2onnx|onnx|keras2onnx)/i.test(text.slice(4))))
    return { what: "an ONNX file", hint: NEEDS_TORCH };
  if (/(\.pb|\.index|\.data-\d+-of-\d+)$/i.test(path))
    return { what: "a file of TensorFlow", hint: NEEDS_TORCH };
  if (/^\s*[{[]/.test(text) && /\.json$/i.test(path)) {
    const isIndex = text.includes('"weight_map"');
    return {
      what: isIndex ? "the index of weights in several files" : "a JSON file",
      hint: isIndex ? "one safetensors file with all arrays" : "the .safetensors file beside it",
    };
  }
  return null;
}

const NEEDS_TORCH =
  "the state_dict() of the PyTorch model that it was made from, saved by safetensors.torch.save_file";

/** The Python line that writes a state dict, or one within a checkpoint, as safetensors. */
function fromTorch(path: string): string {
  const [from, to] = [JSON.stringify(path), JSON.stringify(`${stem(path)}.safetensors`)].map((text) =>
    text.replaceAll("'", "\\u0027"),
  );
  return `python -c 'import torch; from safetensors.torch import save_file; d = torch.load(${from}, map_location="cpu", weights_only=True); d = d.get("state_dict", d.get("model", d)); save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, ${to})'`;
}

function fromNumPy(path: string): string {
  const [from, to] = [JSON.stringify(path), JSON.stringify(`${stem(path)}.safetensors`)].map((text) =>
    text.replaceAll("'", "\\u0027"),
  );
  return `python -c 'import numpy; from safetensors.numpy import save_file; save_file(dict(numpy.load(${from})), ${to})'`;
}

const stem = (path: string) => basename(path).replace(/(\.(pth|pt|ckpt|bin|npz|tar|pkl|safetensors))+$/i, "");
