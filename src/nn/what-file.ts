import { basename } from "node:path";
import { type FileKind, fileKind } from "../file-kinds/index.js";
import { shellQuoted } from "../text/shell-quoted.js";

/** What a file is that was given as weights and is no safetensors file, and what makes one of it. */
export interface WhatFile {
  /** With its article: "a ZIP archive". */
  readonly what: string;
  /** What to type or to do. */
  readonly hint: string;
}

type Hint = (path: string) => string;

const again = () => "get the file again from where it came";
const needsTorch = () =>
  "the state_dict() of the PyTorch model that it was made from, saved by safetensors.torch.save_file";
const unpack =
  (tool: string): Hint =>
  (path) =>
    `${tool} ${shellQuoted(path)} > weights.safetensors`;

const HINTS: Partial<Record<FileKind, Hint>> = {
  lfs: (path) => `git lfs pull --include ${shellQuoted(basename(path))}, in the repository that it is from`,
  html: () => "download the file itself, not the page that shows it; curl -L follows redirections",
  gzip: unpack("gunzip -c"),
  zstandard: unpack("zstd -dc"),
  xz: unpack("xz -dc"),
  bzip2: unpack("bunzip2 -c"),
  lz4: unpack("lz4 -dc"),
  zip: (path) => `unzip ${shellQuoted(path)}, then the weights file in it`,
  tar: (path) => `tar xf ${shellQuoted(path)}, then the weights file in it`,
  torch: fromTorch,
  torchPickle: fromTorch,
  pickle: fromTorch,
  npz: (path) =>
    `python -c 'import numpy; from safetensors.numpy import save_file; save_file(dict(numpy.load(${inPython(path)})), ${safetensorsOf(path)})'`,
  npy: () => "a safetensors file with an array for each of PyTorch's names",
  hdf5: () => "weights of a PyTorch model (is this one of Keras?): sslmem has PyTorch's layouts",
  gguf: () => "the model's safetensors file, from where it came",
  tensorFlowLite: needsTorch,
  onnx: needsTorch,
  tensorFlow: needsTorch,
  weightsIndex: () => "one safetensors file with all arrays",
  json: () => "the .safetensors file beside it",
};

/**
 * Says what a file is by its first bytes and its name.
 *
 * @param head at least its first HEAD_BYTES bytes, or all of it
 * @returns null for what it does not know, and for the beginning of what may be safetensors
 */
export function whatFile(head: Buffer, path: string): WhatFile | null {
  const found = fileKind(head, path);
  if (found === null || found.kind === "safetensors" || found.kind === "text" || found.kind === "zeros")
    return null;
  return { what: found.what, hint: (HINTS[found.kind] ?? again)(path) };
}

/** The Python line that writes a state dict, or one within a checkpoint, as safetensors. */
function fromTorch(path: string): string {
  return `python -c 'import torch; from safetensors.torch import save_file; d = torch.load(${inPython(path)}, map_location="cpu", weights_only=True); d = d.get("state_dict", d.get("model", d)); save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, ${safetensorsOf(path)})'`;
}

/** A text as Python has it within a shell's single quotes. */
export const inPython = (text: string) => JSON.stringify(text).replaceAll("'", "\\u0027");

const safetensorsOf = (path: string) =>
  inPython(`${basename(path).replace(/(\.(pth|pt|ckpt|bin|npz|tar|pkl|safetensors))+$/i, "")}.safetensors`);
