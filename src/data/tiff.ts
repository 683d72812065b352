/** What the first picture of a TIFF file is made of. */
export interface TiffFacts {
  /** 0, 1: grey; 2: RGB; 3: palette; 5: CMYK; 6: YCbCr; 8: CIE Lab. */
  photometric: number;
  /** 7: JPEG. */
  compression: number;
  /** Of the first sample. */
  bits: number;
  /** 1: unsigned, 2: signed, 3: floating point. */
  sampleFormat: number;
  /** Of CMYK: 1; 2 for other inks. */
  inkSet: number;
}

const TAGS = { bits: 258, compression: 259, photometric: 262, inkSet: 332, sampleFormat: 339 } as const;
/** Colours of a palette: where they lie beyond the end of the file, libtiff goes on without them. */
const COLOUR_MAP = 320;

/** Reads the tags of the first directory of a TIFF or BigTIFF file. Throws Error with a reason when it is malformed. */
export function tiffFacts(bytes: Uint8Array): TiffFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = bytes[0] === 0x49;
  const isBig = bytes[little ? 2 : 3] === 0x2b;
  const facts = { photometric: -1, compression: 1, bits: 1, sampleFormat: 1, inkSet: 1 };
  try {
    const offset = (at: number) =>
      isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
    const directory = offset(isBig ? 8 : 4);
    const count = isBig ? Number(view.getBigUint64(directory, little)) : view.getUint16(directory, little);
    const [first, size, wide] = isBig ? [8, 20, 8] : [2, 12, 4];
    for (let i = 0; i < count; i++) {
      const entry = directory + first + size * i;
      const tag = view.getUint16(entry, little);
      const name = (Object.keys(TAGS) as (keyof TiffFacts)[]).find((key) => TAGS[key] === tag);
      if (name === undefined && tag !== COLOUR_MAP) continue;
      const values = isBig ? Number(view.getBigUint64(entry + 4, little)) : view.getUint32(entry + 4, little);
      const inline = entry + (isBig ? 12 : 8); // the values themselves, 16 bits each, if they fit
      const content = 2 * values > wide ? offset(inline) : inline;
      if (content + 2 * values > bytes.length) throw new RangeError("beyond the end");
      if (name !== undefined) facts[name] = view.getUint16(content, little);
    }
  } catch (cause) {
    throw new Error("the TIFF data end early", { cause });
  }
  return facts;
}

/** Why pixels of such a file would not be Pillow's: completes "it is a TIFF image …"; null where they are. */
export function tiffRefusal(facts: TiffFacts): string | null {
  const { photometric, compression, bits, sampleFormat, inkSet } = facts;
  if (photometric === 6 && compression !== 7) return "of YCbCr samples without JPEG compression";
  if (photometric === 8 || photometric === 9) return "in the Lab colour space";
  if (photometric < 0 || photometric > 6 || photometric === 4) return "of a kind that is not read";
  if (photometric === 5 && inkSet !== 1) return "of inks that are not CMYK";
  if (sampleFormat === 2 && bits < 32) return "of signed numbers of less than 32 bits";
  const isDeepColour = photometric >= 2 && (sampleFormat !== 1 || bits > 16);
  return isDeepColour ? "with colours that are not 8-bit or 16-bit numbers" : null;
}
