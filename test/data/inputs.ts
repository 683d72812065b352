// Inputs for tests of sources: folders and tar files, written byte by byte so that odd ones can be made, too.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { openSource } from "../../src/data/sources/index.js";
import type { Listing, SourceOptions } from "../../src/data/types.js";

/** A picture of 1 × 1: the smallest that decodes. */
export const PNG = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#963" } })
  .png()
  .toBuffer();

/** A new folder with these files in it. */
export function folderWith(files: Record<string, Buffer | string>): string {
  const root = mkdtempSync(join(tmpdir(), "sslmem-sources-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** Pictures under these names, and other files. */
export function folderOf(images: readonly string[], others: Record<string, Buffer | string> = {}): string {
  return folderWith({ ...Object.fromEntries(images.map((name) => [name, PNG])), ...others });
}

export type Member = readonly [name: string | Buffer, content?: Buffer | string, type?: string];

/** A header of ustar and the contents, padded. */
export function memberBlocks([name, content = "", type = "0"]: Member): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** What ends a tar file. */
export const TAR_END = Buffer.alloc(1024);

/** A tar file of these members, with its end. */
export function tarOf(members: readonly Member[], end = TAR_END.length): Buffer {
  return Buffer.concat([...members.map(memberBlocks), Buffer.alloc(end)]);
}

/** A record of a pax header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length++;
  return length + rest;
}

/** Lists data and closes its source. */
export async function listOf(
  data: string,
  kind = "auto",
  options: Partial<SourceOptions> = {},
): Promise<Listing> {
  const source = await openSource(data, kind, options);
  try {
    return await source.list();
  } finally {
    await source.close();
  }
}

/** [id, label, part] of each image. */
export const rowsOf = ({ images }: Listing) => [...images].map(({ id, label, part }) => [id, label, part]);

/** The ids. */
export const idsOf = ({ images }: Listing) => [...images].map(({ id }) => id);

/** "REASON: COUNT, FIRST" of what was left out. */
export const leftOutOf = ({ taken }: Listing) =>
  taken.leftOut.map(({ reason, count, first }) => `${reason}: ${count}, ${first}`);
