/** An EXIF block (a TIFF directory with the one tag), without the "Exif" before it that JPEG has. */
export function exif(orientation: number, littleEndian = false): Buffer {
  const block = Buffer.from(littleEndian ? "II*\0" : "MM\0*", "latin1");
  const [u16, u32] = littleEndian
    ? (["writeUInt16LE", "writeUInt32LE"] as const)
    : (["writeUInt16BE", "writeUInt32BE"] as const);
  const body = Buffer.alloc(22);
  body[u32](8, 0);
  body[u16](1, 4);
  body[u16](0x0112, 6);
  body[u16](3, 8);
  body[u32](1, 10);
  body[u16](orientation, 14);
  return Buffer.concat([block, body]);
}

/** A small ICC matrix profile, far from sRGB: whoever follows it shows other colours. `space` such as "RGB ". */
export function profile(space = "RGB "): Buffer {
  const fixed = (...values: number[]) => {
    const out = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) out.writeInt32BE(Math.round(value * 65536), 4 * i);
    return out;
  };
  const xyz = (...values: number[]) => Buffer.concat([Buffer.from("XYZ \0\0\0\0"), fixed(...values)]);
  const curve = Buffer.concat([
    Buffer.from("curv\0\0\0\0\0\0\0\x01", "latin1"),
    Buffer.from([2, 0x33, 0, 0]),
  ]);
  const name = Buffer.concat([Buffer.from("desc\0\0\0\0\0\0\0\x05wide\0", "latin1"), Buffer.alloc(78)]);
  const tags: [string, Buffer][] = [
    ["desc", name],
    ["cprt", Buffer.from("text\0\0\0\0none\0")],
    ["wtpt", xyz(0.9642, 1, 0.8249)],
    ...(space === "GRAY"
      ? ([["kTRC", curve]] as [string, Buffer][])
      : ([
          ["rXYZ", xyz(0.60974, 0.31111, 0.01947)],
          ["gXYZ", xyz(0.20528, 0.62567, 0.06087)],
          ["bXYZ", xyz(0.14919, 0.06322, 0.74457)],
          ["rTRC", curve],
          ["gTRC", curve],
          ["bTRC", curve],
        ] as [string, Buffer][])),
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  const parts: Buffer[] = [];
  let at = 128 + table.length;
  for (const [i, [tag, data]] of tags.entries()) {
    const padded = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
    table.write(tag, 4 + 12 * i, "latin1");
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    at += padded.length;
    parts.push(padded);
  }
  const head = Buffer.alloc(128);
  head.writeUInt32BE(at, 0);
  head.writeUInt32BE(0x02100000, 8);
  head.write(`mntr${space}XYZ `, 12, "latin1");
  head.write("acsp", 36, "latin1");
  fixed(0.9642, 1, 0.8249).copy(head, 68);
  return Buffer.concat([head, table, ...parts]);
}
