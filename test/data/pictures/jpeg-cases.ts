import sharp from "sharp";
import { each, ORIENTATIONS, type PictureCases } from "./case.js";
import { exif, profile } from "./metadata.js";
import { cmyk, grey, HEIGHT, rgb, WIDTH } from "./samples.js";
import { adobe, exifSegment, iccSegment, withoutSegments, withSegments } from "./surgery.js";
import { tiff } from "./tiff.js";

const raw = (samples: number[], channels: 1 | 3) =>
  sharp(Uint8Array.from(samples), { raw: { width: WIDTH, height: HEIGHT, channels } });

export async function jpegCases(): Promise<PictureCases> {
  const jpeg = (options: object) => raw(rgb(), 3).jpeg(options).toBuffer();
  const full = await jpeg({ quality: 95, chromaSubsampling: "4:4:4" });
  const half = await jpeg({ quality: 75, chromaSubsampling: "4:2:0" });
  const stored = sharp(tiff({ photometric: 5, bits: 8, samples: 4, strips: [Buffer.from(cmyk())] }));
  const inks = await stored
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .jpeg({ quality: 95 })
    .toBuffer();
  const bare = withoutSegments(withoutSegments(inks, 0xee), 0xe2);
  const extra = (file: Buffer) => file.subarray(0, file.indexOf(Buffer.from([0xff, 0xc0])));
  const greys = await raw(grey(), 1).toColourspace("b-w").jpeg({ quality: 90 }).toBuffer();
  const jfif = [0xe0, Buffer.from("JFIF\0\x01\x01\0\0\x01\0\x01\0\0", "latin1")] as const;
  const bareFull = withoutSegments(full, 0xe0); // whether sharp writes a JFIF segment or not
  const scan = half.lastIndexOf(Buffer.from([0xff, 0xda]));
  const flipped = Buffer.from(half);
  flipped.set([0xff, 0xd0, 0x33, 0x91], scan + 60);
  const frame = half.indexOf(Buffer.from([0xff, 0xc0]));
  const bits12 = Buffer.from(full);
  bits12[full.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
  return {
    "jpeg-444": full,
    "jpeg-420": half,
    "jpeg-progressive": await jpeg({ quality: 80, progressive: true }),
    "jpeg-optimised": await jpeg({ quality: 60, mozjpeg: true }),
    "jpeg-grey": greys,
    "jpeg-grey-icc": withSegments(greys, iccSegment(profile("GRAY"))),
    ...(await each("jpeg-adobe", [0, 1, 2], (n) => withSegments(bareFull, jfif, adobe(n)))),
    "jpeg-jfif": withSegments(bareFull, jfif),
    "jpeg-without-jfif": bareFull,
    ...(await each("jpeg-adobe-only", [0, 1, 2], (n) => withSegments(bareFull, adobe(n)))),
    ...(await each("jpeg-exif", ORIENTATIONS, (o) => withSegments(full, exifSegment(exif(o, o % 2 === 1))))),
    "jpeg-exif-corrupt": withSegments(half, [
      0xe1,
      Buffer.concat([Buffer.from("Exif\0\0MM\0*"), Buffer.alloc(4, 255), Buffer.alloc(14, 1)]),
    ]),
    "jpeg-icc": withSegments(full, iccSegment(profile())),
    "jpeg-icc-420": withSegments(half, iccSegment(profile())),
    "jpeg-icc-broken": withSegments(full, iccSegment(Buffer.from("not a profile".repeat(20)))),
    "jpeg-cmyk": bare,
    "jpeg-cmyk-by-sharp": inks,
    "jpeg-cmyk-icc": withSegments(inks, iccSegment(profile("CMYK"))),
    ...(await each("jpeg-cmyk-adobe", [0, 1, 2], (n) => withSegments(bare, adobe(n)))),
    "jpeg-ycck-exif": withSegments(bare, adobe(2), exifSegment(exif(6))),
    "jpeg-cmyk-fill-bytes": Buffer.concat([bare.subarray(0, 2), Buffer.from([0xff, 0xff]), bare.subarray(2)]),
    "jpeg-cmyk-extraneous": Buffer.concat([
      extra(bare),
      Buffer.from([0x12, 0xff, 0, 0x34]),
      bare.subarray(extra(bare).length),
    ]),
    "jpeg-garbage-after": Buffer.concat([half, Buffer.alloc(300), Buffer.from("garbage")]),
    "jpeg-bit-flips": flipped,
    "jpeg-extraneous": Buffer.concat([
      half.subarray(0, frame),
      Buffer.from([0x12, 0x34, 0x56]),
      half.subarray(frame),
    ]),
    "jpeg-truncated": half.subarray(0, half.length >> 1),
    "jpeg-without-end": half.subarray(0, -2),
    "jpeg-truncated-20": half.subarray(0, -20),
    "jpeg-12-bits": bits12,
  };
}
