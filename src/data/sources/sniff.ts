import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname, extname } from "node:path";

/** What some bytes or a file are, in words, and what to type to make images of it. */
export interface Sniffed {
  /** With its article: "a ZIP archive". */
  readonly what: string;
  /** A command, or a sentence that says what to do. @param path of the file, as it was typed */
  hint(path: string): string;
}

/** Bytes that `sniff` wants to see, at most. */
export const SNIFF_BYTES = 1024;

const quoted = (path: string): string =>
  /^[\w./+:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
/** The path without its last ending: where an archive is unpacked to. */
const bare = (path: string): string => path.replace(/(\.tar)?\.[^./]+$/, "") || `${path}-unpacked`;
const unpackInto = (command: (path: string, folder: string) => string) => (path: string) =>
  `mkdir -p ${quoted(bare(path))} && ${command(quoted(path), quoted(bare(path)))}`;
/** Packed files: their tool unpacks those with its ending only; others are given it first. */
const unpack = (tool: string, ending: string, tarEnding: string) => (path: string) => {
  const known = path.endsWith(ending) || path.endsWith(tarEnding);
  return known
    ? `${tool} ${quoted(path)}`
    : `mv ${quoted(path)} ${quoted(path + ending)} && ${tool} ${quoted(path + ending)}`;
};
const python = (line: string) => (path: string) =>
  `python3 -c "${line.replaceAll("FILE", path).replaceAll("FOLDER", bare(path))}"`;
const save = "[os.makedirs('FOLDER',exist_ok=True)]";

const starts =
  (...bytes: number[]) =>
  (head: Buffer) =>
    bytes.every((byte, i) => head[i] === byte);
const text =
  (start: string, at = 0) =>
  (head: Buffer) =>
    head.toString("latin1", at, at + start.length) === start;

const KINDS: readonly {
  is(head: Buffer, path: string): boolean;
  what: string;
  hint(path: string): string;
}[] = [
  {
    is: text("version https://git-lfs"),
    what: "a Git LFS pointer instead of the file that it stands for",
    hint: () => "git lfs pull (in the repository that it came from)",
  },
  {
    is: (head) => /^\s*(<!doctype html|<html|<\?xml[^>]*>\s*<html|<head)/i.test(head.toString("latin1")),
    what: "a web page (HTML), as a failed download leaves it",
    hint: () => "download it again, and look at what the page says: head -c 300 FILE",
  },
  { is: starts(0x1f, 0x8b), what: "a gzip file", hint: unpack("gunzip -k", ".gz", ".tgz") },
  {
    is: starts(0x28, 0xb5, 0x2f, 0xfd),
    what: "a Zstandard file",
    hint: unpack("unzstd -k", ".zst", ".tzst"),
  },
  { is: starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), what: "an xz file", hint: unpack("unxz -k", ".xz", ".txz") },
  { is: text("BZh"), what: "a bzip2 file", hint: unpack("bunzip2 -k", ".bz2", ".tbz2") },
  { is: starts(0x04, 0x22, 0x4d, 0x18), what: "an LZ4 file", hint: unpack("unlz4", ".lz4", ".tlz4") },
  {
    is: (head, path) => text("PK\x03\x04")(head) && extname(path) === ".npz",
    what: "a NumPy file of several arrays (.npz)",
    hint: python(
      `import os,numpy as np;from PIL import Image;${save};a=np.load('FILE');print(a.files);x=a[a.files[0]];[Image.fromarray(i).save('FOLDER/%06d.png'%n) for n,i in enumerate(x)]`,
    ),
  },
  {
    is: (head) => text("PK\x03\x04")(head) || text("PK\x05\x06")(head),
    what: "a ZIP archive",
    hint: (path) => `unzip ${quoted(path)} -d ${quoted(bare(path))}`,
  },
  {
    is: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
    what: "a 7z archive",
    hint: (path) => `7z x ${quoted(path)} -o${quoted(bare(path))}`,
  },
  {
    is: text("Rar!"),
    what: "a RAR archive",
    hint: unpackInto((path, folder) => `unrar x ${path} ${folder}/`),
  },
  {
    is: text("\x93NUMPY"),
    what: "a NumPy array (.npy)",
    hint: python(
      `import os,numpy as np;from PIL import Image;${save};[Image.fromarray(i).save('FOLDER/%06d.png'%n) for n,i in enumerate(np.load('FILE'))]`,
    ),
  },
  {
    is: text("PAR1"),
    what: "a Parquet table",
    hint: python(
      `import os,pandas as pd;d=pd.read_parquet('FILE');print(d.columns);[(os.makedirs(f'FOLDER/{r.label}',exist_ok=True),open(f'FOLDER/{r.label}/{n:06d}.png','wb').write(r.image['bytes'])) for n,r in enumerate(d.itertuples())]`,
    ),
  },
  {
    is: (head, path) => text("ARROW1")(head) || extname(path) === ".arrow",
    what: "an Arrow table",
    hint: python(
      `import os,datasets;d=datasets.Dataset.from_file('FILE');print(d);[(os.makedirs('FOLDER/%s'%r['label'],exist_ok=True),r['image'].save('FOLDER/%s/%06d.png'%(r['label'],n))) for n,r in enumerate(d)]`,
    ),
  },
  {
    is: text("\x89HDF\r\n"),
    what: "an HDF5 file",
    hint: python(
      `import os,h5py;from PIL import Image;${save};f=h5py.File('FILE');print(list(f));x=f[list(f)[0]];[Image.fromarray(i).save('FOLDER/%06d.png'%n) for n,i in enumerate(x)]`,
    ),
  },
  {
    is: (_, path) => /\.tfrecords?($|[-.])|\.tfrecord-/.test(basename(path)),
    what: "a TFRecord file",
    hint: python(
      `import os,tensorflow as tf;${save};[open('FOLDER/%06d.png'%n,'wb').write(tf.train.Example.FromString(r.numpy()).features.feature['image/encoded'].bytes_list.value[0]) for n,r in enumerate(tf.data.TFRecordDataset('FILE'))]`,
    ),
  },
  {
    is: (_, path) => /\.mdb$/.test(path),
    what: "an LMDB database",
    hint: python(
      `import os,lmdb;${save};[open('FOLDER/%06d.jpg'%n,'wb').write(v) for n,(k,v) in enumerate(lmdb.open(os.path.dirname('FILE') or '.',readonly=True,lock=False).begin().cursor())]`,
    ),
  },
  {
    is: (head) => head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5,
    what: "a pickled Python object",
    hint: (path) =>
      `write its images as files from Python: python3 -c "import pickle;d=pickle.load(open('${path}','rb'),encoding='bytes');print(type(d),list(d)[:9])"`,
  },
  {
    is: text("MATLAB 5.0"),
    what: "a MATLAB file",
    hint: () => "write its images as files: scipy.io.loadmat(FILE), then PIL.Image.fromarray(...).save(...)",
  },
  {
    is: text("%PDF"),
    what: "a PDF file",
    hint: (path) => `pdfimages -png ${quoted(path)} ${quoted(bare(path))}`,
  },
  {
    is: (head) => text("ftyp", 4)(head) && !/avif|avis|heic|heix|mif1/.test(head.toString("latin1", 8, 32)),
    what: "a video",
    hint: (path) =>
      `mkdir -p ${quoted(bare(path))} && ffmpeg -i ${quoted(path)} -r 1 ${quoted(bare(path))}/%06d.png`,
  },
];

/** What the first bytes of a file (SNIFF_BYTES of them) are, when that is a kind that is often taken for images; else null. */
export function sniff(head: Uint8Array, path = ""): Sniffed | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, SNIFF_BYTES));
  return KINDS.find(({ is }) => is(bytes, path)) ?? null;
}

/** The first bytes of a regular file; empty when it cannot be read or is none: pipes and devices are not opened. */
export function headOf(path: string, length = SNIFF_BYTES): Buffer {
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

/** The folder that a file lies in, as one would type it. */
export const folderOf = (path: string): string => dirname(path);
