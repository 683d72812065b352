import { gzipSync } from "node:zlib";
import test from "ava";
import sharp from "sharp";
import { whatItIs } from "../../src/data/what-it-is.js";
import { tarOf } from "./inputs.js";
import { pictureCases } from "./pictures/index.js";

const latin1 = (text: string) => Buffer.from(text, "latin1");

test("images that are read are called by their format, whatever their damage", async (t) => {
  const names = {
    png: "a PNG",
    jpeg: "a JPEG",
    webp: "a WebP",
    gif: "a GIF",
    tiff: "a TIFF",
    avif: "an AVIF",
  };
  for (const [name, { bytes }] of await pictureCases())
    t.is(whatItIs(bytes), `${names[name.split("-")[0] as keyof typeof names]} image`, name);
});

test("archives say how they are unpacked", (t) => {
  t.is(whatItIs(tarOf([["a.jpg", "x"]])), "a tar archive (tar xf unpacks it)");
  t.is(whatItIs(gzipSync("x")), "a gzip file (gunzip unpacks it)");
  t.is(whatItIs(latin1("PK\x03\x04...")), "a ZIP archive (unzip unpacks it)");
});

test("kinds that are mistaken for images are named", async (t) => {
  const file = (brand: string) => latin1(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}mif1`);
  for (const [bytes, what] of [
    ["", "an empty file"],
    ["version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer (git lfs pull fetches the file)"],
    ["\ufeff<!DOCTYPE html>\n<html>", "a web page (HTML)"],
    ["\n<html><body>404 Not Found</body></html>", "a web page (HTML)"],
    ['<?xml version="1.0"?>\n<!-- made by hand -->\n<svg width="9"/>', "an SVG drawing"],
    ['<?xml version="1.0"?><annotation>', "an XML document"],
    ['{"error": "no such key"}', "JSON text"],
    ["no such file\n", "text"],
    ["größer", "text"],
    [file("heic"), "a HEIC image"],
    [file("isom"), "a video (MP4 or QuickTime)"],
    [latin1("P6\n9 9\n255\n"), "a PNM image (PBM, PGM or PPM)"],
    [latin1("BM\x9a\0\0\0\0\0\0\0"), "a BMP image"],
    [latin1("\0\0\0\x0cjP  \r\n\x87\n"), "a JPEG 2000 image"],
    [latin1("\x93NUMPY\x01\0"), "a NumPy array"],
    [latin1("\x80\x02}q\0"), "a Python pickle"],
    [latin1('\x40\0\0\0\0\0\0\0{"__metadata__"'), "a safetensors file"],
    [
      latin1("\0\x05\x16\x07\0\x02\0\0Mac OS X        "),
      "a macOS companion file (AppleDouble), not the file that it accompanies",
    ],
    [Buffer.alloc(40), "nothing but zero bytes"],
    [latin1("\x01\x02\x03\x90\x81"), "of no known kind"],
  ] as const)
    t.is(whatItIs(Buffer.from(bytes as Uint8Array)), what);
});

test("what sharp writes is recognised", async (t) => {
  const image = sharp({ create: { width: 4, height: 4, channels: 3, background: "#123456" } });
  for (const format of ["png", "jpeg", "webp", "gif", "tiff", "avif"] as const)
    t.regex(whatItIs(await image.clone().toFormat(format).toBuffer()), new RegExp(`${format} image$`, "i"));
});
