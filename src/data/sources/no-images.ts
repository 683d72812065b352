import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { SslMemError } from "../../errors.js";
import { foreign } from "../../text/foreign.js";
import { shellQuoted } from "../../text/shell-quoted.js";
import { conversionOf, NO_IMAGE, UNREAD_IMAGE } from "../image-names.js";
import { many } from "../taken.js";
import { whatItIs } from "../what-it-is.js";
import { emptySource } from "./empty-source.js";
import type { LeftOutTally } from "./left-out.js";
import { headOf, sniff } from "./sniff.js";
import { forAll } from "./unpack-commands.js";

/** Kinds that CIFAR's binary version is made from; both lines write files that are read. */
const CIFAR10_PYTHON = (root: string) =>
  `cd ${shellQuoted(root)} && python3 -c "import pickle,glob,numpy as np;[np.c_[np.uint8(d[b'labels']),d[b'data']].tofile(f+'.bin') for f in glob.glob('data_batch_[0-9]')+glob.glob('test_batch') for d in [pickle.load(open(f,'rb'),encoding='bytes')]]"`;
const CIFAR100_PYTHON = (root: string) =>
  `cd ${shellQuoted(root)} && python3 -c "import pickle,numpy as np;L=lambda f:pickle.load(open(f,'rb'),encoding='bytes');[np.c_[np.uint8(d[b'coarse_labels']),np.uint8(d[b'fine_labels']),d[b'data']].tofile(f+'.bin') for f in ('train','test') for d in [L(f)]];open('fine_label_names.txt','wb').write(b'\\n'.join(L('meta')[b'fine_label_names']))"`;

/** The error for data in which no image was found: what is there instead, and what makes it right. */
export async function noImages(data: string, leftOut: LeftOutTally): Promise<SslMemError> {
  const unread = leftOut.endingsOf(UNREAD_IMAGE);
  const list = leftOut.list;
  if (unread.length > 0) {
    const { count, first } = list.find(({ reason }) => reason.startsWith(UNREAD_IMAGE)) as (typeof list)[0];
    return new SslMemError(
      "DATA",
      `Expected images that can be read in ${data} but the ${many(count, "image")} there ${count === 1 ? "is" : "are"} of kinds that are not (${unread.join(", ")}), first ${foreign(first)}.`,
      conversionOf(data, unread),
    );
  }
  for (const first of leftOut.firstsOf(NO_IMAGE)) {
    const found = sniff(headOf(join(data, first)), first);
    if (found === null) continue;
    return new SslMemError(
      "DATA",
      `Expected images in ${data} but found none: ${foreign(first)} is ${found.what}.`,
      hintFor(data, first, found.hint(join(data, first)), list[0]?.count ?? 1),
    );
  }
  const rest = list.map(
    ({ reason, count, first }) => `${reason}: ${count.toLocaleString("en-US")}, first ${foreign(first)}`,
  );
  return emptySource(data, rest.length === 0 ? "" : `only ${rest.join("; ")}`);
}

function hintFor(root: string, first: string, hint: string, count: number): string {
  const path = join(root, first);
  const cifar = pythonCifar(dirname(path));
  if (cifar !== null) return cifar;
  const ending = /(\.tar)?\.(gz|tgz|zst|xz|bz2|zip|7z|rar)$/.exec(first)?.[0];
  if (count === 1 || ending === undefined) return hint;
  return forAll(hint, dirname(path), path, ending);
}

/** What makes CIFAR's binary files out of its Python version in a folder; null where there is none. */
function pythonCifar(folder: string): string | null {
  if (isFile(join(folder, "data_batch_1"))) return CIFAR10_PYTHON(folder);
  return isFile(join(folder, "train")) && isFile(join(folder, "meta")) ? CIFAR100_PYTHON(folder) : null;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The error for a file that is no tar file. */
export function noTar(path: string, head = headOf(path)): SslMemError {
  const found = sniff(head, path);
  if (found !== null)
    return new SslMemError(
      "DATA",
      `Expected a tar file or a folder but ${path} is ${found.what}.`,
      found.hint(path),
    );
  return new SslMemError(
    "DATA",
    `Expected a tar file or a folder but ${path} is ${whatItIs(head)}.`,
    "sslmem list sources shows what is read",
  );
}
