import { copyFile, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import {
  fileList,
  query,
  readMetadata,
  readParquet,
  withSession,
  writeParquet,
} from "../../src/tables/index.js";
import { filesOf } from "../../src/tables/sql.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-digest-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

const values = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i * i));

/** A table, and the places of bytes of its values: a flip there changes a number, and nothing else. */
async function table(name: string): Promise<{ path: string; bytes: Buffer; places: number[] }> {
  const path = join(folder, name);
  await writeParquet(path, { lf: values }, { schema: "test@1" });
  const bytes = await readFile(path);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  return {
    path,
    bytes,
    places: Array.from({ length: 60 }, (_, i) => 40 + i * Math.floor((footer - 50) / 60)),
  };
}

test("a table reads back as it was written, and its digest is no metadata of the caller's", async (t) => {
  const { path, bytes } = await table("whole.parquet");
  t.deepEqual((await readParquet(path)).f64("lf"), values);
  t.deepEqual(await readMetadata(path), { schema: "test@1" });
  await writeParquet(join(folder, "again.parquet"), { lf: values }, { schema: "test@1" });
  t.deepEqual(await readFile(join(folder, "again.parquet")), bytes, "equal tables become equal files");
});

test("a flipped bit anywhere is refused by whatever reads the file, naming it", async (t) => {
  const { bytes, places } = await table("flipped.parquet");
  const readers: ((path: string) => Promise<unknown>)[] = [
    (file) => readParquet(file),
    (file) => readMetadata(file),
    (file) => query(`SELECT sum(lf) FROM read_parquet(${fileList(file)})`),
    (file) => withSession({ memory: "64MB" }, (s) => s.ask(`FROM read_parquet(${fileList(file)})`)),
  ];
  for (const [i, place] of [...places, bytes.length - 20].entries()) {
    const damaged = Buffer.from(bytes);
    damaged[place] = (damaged[place] as number) ^ (1 << (i % 8));
    const file = join(folder, `flip's [${i}].parquet`);
    await writeFile(file, damaged);
    const read = readers[i % readers.length] as (path: string) => Promise<unknown>;
    const error = await t.throwsAsync(read(file), { code: "DATA", message: /as it was written/ });
    t.true(error?.message.includes(file), error?.message);
  }
});

test("a file that has lost the name of its digest is no file of somebody else", async (t) => {
  const { path, bytes, places } = await table("renamed.parquet");
  const damaged = Buffer.from(bytes);
  damaged[bytes.lastIndexOf("sslmem_sha256") + 2] = 100;
  damaged[places[30] as number] = (damaged[places[30] as number] as number) ^ 4;
  await writeFile(path, damaged);
  await t.throwsAsync(readParquet(path), { code: "DATA", message: /as it was written/ });
});

test("a file that was sound is looked at again when it changes", async (t) => {
  const { path, bytes, places } = await table("later.parquet");
  await readParquet(path);
  const damaged = Buffer.from(bytes);
  damaged[places[30] as number] = (damaged[places[30] as number] as number) ^ 4;
  await writeFile(path, damaged);
  await utimes(path, new Date(), new Date(Date.now() + 5000));
  await t.throwsAsync(readParquet(path), { code: "DATA" });
});

test("a file of somebody else has no digest and is read", async (t) => {
  const { path } = await table("ours.parquet");
  const foreign = join(folder, "foreign.parquet");
  await query(`COPY (FROM read_parquet(${fileList(path)})) TO '${foreign}' (FORMAT parquet)`);
  t.deepEqual((await readParquet(foreign)).f64("lf"), values);
  await copyFile(path, join(folder, "copy.parquet"));
  t.deepEqual((await readParquet(join(folder, "copy.parquet"))).f64("lf"), values);
});

test("the files of a statement are those that were put into it", (t) => {
  const odd = ["/a/it's [1]*?.parquet", "/b/plain.parquet", "/c/, '.parquet"];
  const sql = `SELECT ')' FROM read_parquet(${fileList(odd)}) JOIN read_parquet(${fileList("/d.parquet")}) USING (x)`;
  t.deepEqual(filesOf(sql), [...odd, "/d.parquet"]);
  t.deepEqual(filesOf("SELECT 1"), []);
});
