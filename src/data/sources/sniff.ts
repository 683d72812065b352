import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type FileKind, fileKind, HEAD_BYTES } from "../../file-kinds/index.js";
import { shellQuoted } from "../../text/shell-quoted.js";
import { bare } from "./unpack-commands.js";

/** What a file is that is no image but may hold some, and what to type to make images of it. */
export interface Sniffed {
  /** With its article: "a ZIP archive". */
  readonly what: string;
  /** A command, or a sentence that says what to do. @param path of the file, as it was typed */
  hint(path: string): string;
}

type Hint = Sniffed["hint"];

/** A command line for a file and the folder that is made beside it. */
const into =
  (command: (file: string, folder: string) => string): Hint =>
  (path) =>
    command(shellQuoted(path), shellQuoted(bare(path)));
const intoNew = (command: (file: string, folder: string) => string): Hint =>
  into((file, folder) => `mkdir -p ${folder} && ${command(file, folder)}`);
/** Packed files: their tool unpacks those with its ending only; others are given it first. */
const unpack =
  (tool: string, ending: string, tarEnding: string): Hint =>
  (path) => {
    if (path.endsWith(ending) || path.endsWith(tarEnding)) return `${tool} ${shellQuoted(path)}`;
    const named = shellQuoted(path + ending);
    return `mv ${shellQuoted(path)} ${named} && ${tool} ${named}`;
  };
/** A line of Python that has the file as f and the folder, which it makes, as d. */
const python = (modules: string, line: string): Hint =>
  into(
    (file, folder) =>
      `python3 -c "import os,sys,${modules};f,d=sys.argv[1:];os.makedirs(d,exist_ok=True);${line}" ${file} ${folder}`,
  );
/** Looks into a file whose images only its maker knows to find. */
const look = (modules: string, load: string): Hint =>
  into(
    (file) =>
      `write its images as files from Python: python3 -c "import sys,${modules};x=${load};print(type(x),list(x)[:9])" ${file}`,
  );

const video = intoNew((file, folder) => `ffmpeg -i ${file} -r 1 ${folder}/%06d.png`);
const torch = look("torch", "torch.load(sys.argv[1],weights_only=True)");

const HINTS: Partial<Record<FileKind, Hint>> = {
  lfs: () => "git lfs pull (in the repository that it came from)",
  html: into((file) => `download it again, and look at what the page says: head -c 300 ${file}`),
  gzip: unpack("gunzip -k", ".gz", ".tgz"),
  zstandard: unpack("unzstd -k", ".zst", ".tzst"),
  xz: unpack("unxz -k", ".xz", ".txz"),
  bzip2: unpack("bunzip2 -k", ".bz2", ".tbz2"),
  lz4: unpack("unlz4", ".lz4", ".tlz4"),
  zip: into((file, folder) => `unzip ${file} -d ${folder}`),
  emptyZip: () => "get the file again from where it came",
  sevenZip: into((file, folder) => `7z x ${file} -o${folder}`),
  rar: intoNew((file, folder) => `unrar x ${file} ${folder}/`),
  npz: python(
    "numpy as np;from PIL import Image",
    "a=np.load(f);print(a.files);[Image.fromarray(i).save(d+'/%06d.png'%n) for n,i in enumerate(a[a.files[0]])]",
  ),
  npy: python(
    "numpy as np;from PIL import Image",
    "[Image.fromarray(i).save(d+'/%06d.png'%n) for n,i in enumerate(np.load(f))]",
  ),
  hdf5: python(
    "h5py;from PIL import Image",
    "a=h5py.File(f);print(list(a));[Image.fromarray(i).save(d+'/%06d.png'%n) for n,i in enumerate(a[list(a)[0]])]",
  ),
  parquet: python(
    "pandas as pd",
    "t=pd.read_parquet(f);print(t.columns);[(os.makedirs(d+'/%s'%r.label,exist_ok=True),open(d+'/%s/%06d.png'%(r.label,n),'wb').write(r.image['bytes'])) for n,r in enumerate(t.itertuples())]",
  ),
  arrow: python(
    "datasets",
    "t=datasets.Dataset.from_file(f);print(t);[(os.makedirs(d+'/%s'%r['label'],exist_ok=True),r['image'].save(d+'/%s/%06d.png'%(r['label'],n))) for n,r in enumerate(t)]",
  ),
  tfRecord: python(
    "tensorflow as tf",
    "[open(d+'/%06d.png'%n,'wb').write(tf.train.Example.FromString(r.numpy()).features.feature['image/encoded'].bytes_list.value[0]) for n,r in enumerate(tf.data.TFRecordDataset(f))]",
  ),
  lmdb: python(
    "lmdb",
    "[open(d+'/%06d.jpg'%n,'wb').write(v) for n,(k,v) in enumerate(lmdb.open(os.path.dirname(f) or '.',readonly=True,lock=False).begin().cursor())]",
  ),
  pickle: look("pickle", "pickle.load(open(sys.argv[1],'rb'),encoding='bytes')"),
  torch,
  torchPickle: torch,
  matlab: () => "write its images as files: scipy.io.loadmat(FILE), then PIL.Image.fromarray(...).save(...)",
  pdf: into((file, folder) => `pdfimages -png ${file} ${folder}`),
  mp4: video,
  avi: video,
  matroska: video,
};

/** What a file is by its first bytes and its name, when that is a kind that is often taken for images; else null. */
export function sniff(head: Uint8Array, path = ""): Sniffed | null {
  const found = fileKind(head, path);
  const hint = found === null ? undefined : HINTS[found.kind];
  return found === null || hint === undefined ? null : { what: found.what, hint };
}

/** The first bytes of a regular file; empty when it cannot be read or is none: pipes and devices are not opened. */
export function headOf(path: string, length = HEAD_BYTES): Buffer {
  try {
    if (!statSync(path).isFile()) return Buffer.alloc(0);
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(length);
      return head.subarray(0, readSync(file, head, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
