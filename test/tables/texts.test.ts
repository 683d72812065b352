// Texts come back as they were written, whatever they begin with.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { readIdList, writeIdList } from "../../src/data/id-list.js";
import {
  column,
  query,
  readMetadata,
  readParquet,
  scanParquet,
  withSession,
  writeParquet,
} from "../../src/tables/index.js";
import { fileList } from "../../src/tables/sql.js";
import { temporaryDirectory } from "../train/helpers.js";

const TEXTS = ["\ufeff", "\ufeffa", "\ufeff\ufeffb", `\ufeff${"long".repeat(9)}`, "\ufffe", "c\ufeff", ""];

test("a text that begins with U+FEFF keeps it, by every reader", async (t) => {
  const path = join(temporaryDirectory(), "\ufefft.parquet");
  const name = "\ufeffname";
  await writeParquet(
    path,
    { id: column("string", TEXTS), [name]: column("string", TEXTS) },
    { key: "\ufeffvalue" },
  );
  t.deepEqual((await readParquet(path)).cells("id"), TEXTS);
  t.deepEqual((await readParquet(path)).cells(name), TEXTS);
  await scanParquet(path, ["id"], ({ cells }) => {
    t.deepEqual([...(cells[0] ?? [])], TEXTS);
  });
  const file = `read_parquet(${fileList(path)})`;
  t.deepEqual(
    (await query(`SELECT id FROM ${file}`)).map(({ id }) => id),
    TEXTS,
  );
  await withSession({ memory: "512MB" }, async ({ ask, askOne }) => {
    t.deepEqual(
      (await ask(`SELECT id FROM ${file}`)).map(({ id }) => id),
      TEXTS,
    );
    t.deepEqual((await askOne(`SELECT list(id) AS ids FROM ${file}`, { ids: "string[]" })).ids, TEXTS);
  });
  t.is((await readMetadata(path)).key, "\ufeffvalue");
});

test("a list of ids that an editor has begun with a byte order mark is the same list", async (t) => {
  const path = join(temporaryDirectory(), "ids.txt");
  const ids = ["\ufeffa.png", "b.png"];
  await writeIdList(path, ids, {});
  t.deepEqual(await readIdList(path), ids);
  for (const text of [readFileSync(path, "utf8"), "a.png\n"]) {
    writeFileSync(path, text);
    const plain = await readIdList(path);
    writeFileSync(path, `\ufeff${text}`);
    t.deepEqual(await readIdList(path), plain);
  }
});
