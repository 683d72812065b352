// Changes to files that an encoder made: metadata and markers that it does not write.

/** A JPEG file with segments more at its beginning. */
export function withSegments(
  file: Buffer,
  ...segments: readonly (readonly [marker: number, body: Buffer])[]
) {
  const parts = segments.map(([marker, body]) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
  });
  return Buffer.concat([file.subarray(0, 2), ...parts, file.subarray(2)]);
}

/** A JPEG file without the segments of that marker. */
export function withoutSegments(file: Buffer, marker: number): Buffer {
  const kept: Buffer[] = [file.subarray(0, 2)];
  let at = 2;
  while (file[at + 1] !== 0xda) {
    const length = file.readUInt16BE(at + 2) + 2;
    if (file[at + 1] !== marker) kept.push(file.subarray(at, at + length));
    at += length;
  }
  return Buffer.concat([...kept, file.subarray(at)]);
}

/** The segment by which Adobe says how the components are meant. */
export const adobe = (transform: number): readonly [number, Buffer] => [
  0xee,
  Buffer.from([...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, transform]),
];

/** A profile as a JPEG segment. */
export const iccSegment = (profile: Buffer): readonly [number, Buffer] => [
  0xe2,
  Buffer.concat([Buffer.from("ICC_PROFILE\0\x01\x01", "latin1"), profile]),
];

export const exifSegment = (block: Buffer): readonly [number, Buffer] => [
  0xe1,
  Buffer.concat([Buffer.from("Exif\0\0"), block]),
];

/** A plain WebP file in the extended form, with a profile or EXIF. */
export function extendedWebp(
  file: Buffer,
  [width, height]: readonly [number, number],
  { icc, exif }: { icc?: Buffer; exif?: Buffer },
): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
  };
  const facts = Buffer.alloc(10);
  facts[0] = (icc ? 0x20 : 0) | (exif ? 0x08 : 0);
  facts.writeUIntLE(width - 1, 4, 3);
  facts.writeUIntLE(height - 1, 7, 3);
  const body = Buffer.concat([
    Buffer.from("WEBP"),
    chunk("VP8X", facts),
    ...(icc ? [chunk("ICCP", icc)] : []),
    file.subarray(12),
    ...(exif ? [chunk("EXIF", exif)] : []),
  ]);
  return chunk("RIFF", body);
}
