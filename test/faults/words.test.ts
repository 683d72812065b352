import { constants } from "node:os";
import { join } from "node:path";
import test from "ava";
import { exitCodeOf, SslMemError } from "../../src/errors.js";
import { asUserError, isMachineFault } from "../../src/faults/index.js";
import { temporaryName } from "../../src/files/index.js";
import { failedQuery } from "../../src/tables/damaged.js";
import { temporaryDirectory } from "../train/helpers.js";

/** An error as Node makes it. */
function refused(name: keyof typeof constants.errno, syscall: string, path?: string, code: string = name) {
  const errno = -constants.errno[name];
  return Object.assign(new Error(`${code}: no, ${syscall}`), { code, errno, syscall, path });
}

const told = (error: unknown): SslMemError => asUserError(error) as SslMemError;

for (const [error, status, words] of [
  [refused("ENOSPC", "write"), 2, /^The disk is full/],
  // Node has no name for it.
  [refused("EDQUOT", "open", "/x/y", "Unknown system error -122"), 2, /quota is used up.*\/x\/y/],
  [refused("EFBIG", "write", "/x/y"), 2, /larger than the system allows while writing \/x\/y/],
  [refused("EIO", "read", "/x/y"), 2, /disk failed while reading \/x\/y/],
  [refused("EROFS", "open", "/x/y"), 2, /allowed to write \/x\/y but the file system is read-only/],
  [refused("EACCES", "scandir", "/x/y"), 2, /allowed to read \/x\/y/],
  [refused("EACCES", "mkdir", "/x/y"), 2, /allowed to write \/x\/y/],
  [refused("EACCES", "open", temporaryName("/x/y")), 2, /allowed to write a file in \/x but/],
  [refused("EMFILE", "open", "/x/y"), 2, /limit of open files/],
  [refused("ENOMEM", "read"), 4, /not enough memory/],
  [refused("ENAMETOOLONG", "open", "/x/y"), 2, /shorter name/],
  [refused("ELOOP", "open", "/x/y"), 2, /lead in a circle/],
  [refused("EISDIR", "open", "/x/y"), 2, /\/x\/y is a folder/],
  [refused("ETXTBSY", "open", "/x/y"), 2, /in use by another program/],
  [refused("ESTALE", "read", "/x/y"), 2, /network disk was lost/],
  [refused("ENOENT", "open", "/x/y"), 3, /at \/x\/y but there is none/],
  [refused("ENOENT", "mkdir", "/proc/x"), 2, /makes no folders there/],
  [refused("ENOENT", "uv_cwd"), 2, /folder that this was started in/],
  [refused("EXDEV", "rename", "/x/y"), 2, /refused \(EXDEV, rename\)/],
  [new Error('IO Error: Could not write file "/x/y": No space left on device'), 2, /disk is full.*\/x\/y/],
  [new Error('IO Error: Could not fsync file "/x/y": Disk quota exceeded'), 2, /quota/],
  [new Error('IO Error: Could not write all bytes to file "/x/y": wanted=8 wrote=3'), 2, /writing \/x\/y/],
  [new Error("Out of Memory Error: could not allocate block of size 256.0 KiB"), 4, /not enough memory/],
  [new Error("std::bad_alloc"), 4, /not enough memory/],
  [new Error("outer", { cause: refused("ENOSPC", "write") }), 2, /disk is full/],
] as const) {
  test(`${error.message} (${(error as NodeJS.ErrnoException).path ?? ""}): exit ${status} and one sentence`, (t) => {
    const one = told(error);
    t.true(one instanceof SslMemError);
    t.is(exitCodeOf(one), status);
    t.regex(one.message, words);
    t.regex(one.message, /^[A-Z/][^\n]*\.$/);
    t.is(one.cause, error);
    t.truthy(one.hint);
  });
}

test("what is no fault of the machine stays what it is", (t) => {
  const own = new SslMemError("DATA", "Expected X.");
  t.is(asUserError(own), own);
  for (const bug of [
    new TypeError("x is not a function"),
    refused("EBADF", "write"),
    new Error("Expected permission denied to be a sentence"),
    "text",
    null,
  ])
    t.is(asUserError(bug), bug);
});

test("an image is not damaged by a fault of the machine", (t) => {
  for (const name of ["EMFILE", "ENOMEM"] as const) t.true(isMachineFault(refused(name, "open")), name);
  t.true(isMachineFault(refused("EIO", "read")));
  t.false(isMachineFault(refused("EACCES", "open")));
  t.false(isMachineFault(new Error("Input buffer contains unsupported image format")));
});

test("a table that cannot be read for the machine's sake is not called damaged", (t) => {
  const error = failedQuery(new Error('IO Error: Cannot open file "/x/y.parquet": Too many open files'));
  t.is(error.code, "USAGE");
  t.regex(error.message, /limit of open files/);
  t.is(failedQuery(new Error("Invalid Input Error: No magic bytes found")).code, "DATA");
});

test("a file that is there and cannot be opened was read, unless it can be read", (t) => {
  const folder = temporaryDirectory();
  t.regex(told(refused("EACCES", "open", join(folder, "new"))).message, /allowed to write/);
  t.regex(told(refused("EACCES", "open", folder)).message, /allowed to write/);
});
