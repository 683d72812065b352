import { SslMemError } from "../errors.js";
import {
  type Column,
  column,
  computedColumn,
  readMetadata,
  withSession,
  writeParquetQuery,
} from "../tables/index.js";
import { fileList } from "../tables/sql.js";
import { DIGEST_BYTES, hexOf } from "./digest.js";
import { ImageList } from "./image-list.js";
import type { Manifest } from "./manifest.js";
import { ReadImages } from "./read-images.js";

const SCHEMA = "sslmem/manifest@2";
/** Ids go between DuckDB and here in texts of so many, parted by NUL, which no name has: five times as fast as one by one. */
const IDS_AT_ONCE = 65_536;
const MEMORY = { memory: "512MB" };

/** Columns of manifest.parquet, one row an image; width, height and digest are null for images that no one has read. */
const SELECT = `
  SELECT "index", id, coalesce(paths.path, id) AS path, "offset"::BIGINT AS "offset", bytes::BIGINT AS bytes,
    width, height, nullif(label, -1) AS label, if(test = 1, 'test', 'train') AS part, digest
  FROM (SELECT row_number() OVER () - 1 AS "index", * FROM rows POSITIONAL JOIN (SELECT unnest(string_split(ids, chr(0))) AS id FROM texts))
  LEFT JOIN paths ON place = paths.number
  LEFT JOIN used ON "index" = used.image
  ORDER BY "index"`;

/** Writes manifest.parquet: index, id, path, offset, bytes, width, height, label, part, digest. */
export async function writeManifestFile(
  path: string,
  { images, read, facts, hash }: Manifest,
): Promise<void> {
  const { columns } = images;
  const texts: string[] = [];
  for (let row = 0; row < images.count; row += IDS_AT_ONCE) texts.push(idsOf(images, row));
  const numbers = (values: ArrayLike<number>, type: "f64" | "i32" | "u8" | "u32"): Column =>
    column(type, values);
  await writeParquetQuery(
    path,
    {
      rows: {
        offset: numbers(columns.offset, "f64"),
        bytes: numbers(columns.bytes, "f64"),
        place: numbers(columns.path, "i32"),
        label: numbers(columns.label, "i32"),
        test: numbers(columns.part, "u8"),
      },
      texts: { ids: column("string", texts) },
      paths: {
        number: computedColumn("i32", columns.paths.length, (row) => row),
        path: column("string", columns.paths),
      },
      used: {
        image: numbers(read.indices, "u32"),
        width: numbers(read.widths, "i32"),
        height: numbers(read.heights, "i32"),
        digest: computedColumn("string", read.count, (row) => hexOf(read.digest(row))),
      },
    },
    SELECT,
    { schema: SCHEMA, hash, facts: JSON.stringify(facts) },
  );
}

function idsOf(images: ImageList, first: number): string {
  const end = Math.min(images.count, first + IDS_AT_ONCE);
  return Array.from({ length: end - first }, (_, i) => images.id(first + i)).join("\0");
}

/** What manifest.parquet holds, not yet compared with its hash. Throws SslMemError DATA when it is missing or another table. */
export async function readManifestFile(
  path: string,
): Promise<{ images: ImageList; read: ReadImages; facts: string; hash: string }> {
  const { schema, facts = "", hash = "" } = await readMetadata(path);
  if (schema !== SCHEMA) {
    const earlier = schema?.startsWith("sslmem/manifest@") ?? false;
    throw new SslMemError(
      "DATA",
      `Expected a manifest (${SCHEMA}) at ${path} but it is ${earlier ? `one of an earlier version (${schema})` : (schema ?? "another table")}.`,
      "another --run directory, or --force to list the images again",
    );
  }
  const file = `read_parquet(${fileList(path)})`;
  return withSession(MEMORY, async (session) => {
    const paths = (
      await session.ask(
        `SELECT path FROM (SELECT path, min("index") AS first FROM ${file} WHERE path <> id GROUP BY path) ORDER BY first`,
      )
    ).map((row) => String(row.path));
    const numbers = `SELECT path AS known, row_number() OVER (ORDER BY min("index")) - 1 AS number FROM ${file} WHERE path <> id GROUP BY path`;
    const [offset, bytes, label, test, place] = (await session.columns(
      `SELECT "offset", bytes, coalesce(label, -1), (part = 'test')::INTEGER, coalesce(number, -1)
       FROM ${file} LEFT JOIN (${numbers}) ON path = known AND path <> id ORDER BY "index"`,
    )) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    const texts = await session.ask(
      `SELECT string_agg(id, chr(0) ORDER BY "index") AS ids FROM ${file} GROUP BY "index" // ${IDS_AT_ONCE} ORDER BY "index" // ${IDS_AT_ONCE}`,
    );
    const images = ImageList.build(
      texts.flatMap((row) => String(row.ids).split("\0")),
      {
        ...{ offset, bytes, paths },
        path: Int32Array.from(place),
        label: Int32Array.from(label),
        part: Uint8Array.from(test),
      },
    );
    return { images, read: await readImagesOf(session, file), facts, hash };
  });
}

async function readImagesOf(
  session: Parameters<Parameters<typeof withSession>[1]>[0],
  file: string,
): Promise<ReadImages> {
  const where = `FROM ${file} WHERE digest IS NOT NULL`;
  const [indices, widths, heights] = (await session.columns(
    `SELECT "index", width, height ${where} ORDER BY "index"`,
  )) as [Float64Array, Float64Array, Float64Array];
  const rows = await session.ask(
    `SELECT string_agg(digest, '' ORDER BY "index") AS digests ${where} GROUP BY "index" // ${IDS_AT_ONCE} ORDER BY "index" // ${IDS_AT_ONCE}`,
  );
  const digests = new Uint8Array(DIGEST_BYTES * indices.length);
  let at = 0;
  for (const { digests: text } of rows) {
    const bytes = Buffer.from(String(text), "hex");
    digests.set(bytes.subarray(0, digests.length - at), at);
    at += bytes.length;
  }
  return new ReadImages(
    Uint32Array.from(indices),
    Int32Array.from(widths),
    Int32Array.from(heights),
    digests,
  );
}
