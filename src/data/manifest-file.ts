import { SslMemError } from "../errors.js";
import { column, computedColumn, readMetadata, withSession, writeParquetQuery } from "../tables/index.js";
import { fileList } from "../tables/sql.js";
import { foreign } from "../text/foreign.js";
import { DIGEST_BYTES, hexOf } from "./image-digest.js";
import { type ImageColumns, ImageList } from "./image-list.js";
import { ReadImages } from "./read-images.js";

const SCHEMA = "sslmem/manifest@2";
/** Texts go between DuckDB and here so many at once, parted by NUL, which no name has: five times as fast as one by one. */
const AT_ONCE = 16_384;
const MEMORY = { memory: "512MB" };

/** In the texts of paths: what stands before a path, and nothing where the path is the id. No name of a file is mistaken for that. */
const OTHER = "=";

/**
 * Columns of manifest.parquet, one row an image; width, height and digest are null for images that no one has read. Rows stay
 * in their order without being sorted: DuckDB has one thread here. Few columns of numbers, and texts in bundles, since these
 * are what takes time for a million rows.
 */
const SELECT = `
  SELECT "index", id, if(path = '', id, substr(path, 2)) AS path, "offset"::BIGINT AS "offset", bytes::BIGINT AS bytes,
    CASE WHEN facts <> '' THEN split_part(facts, ' ', 2)::INTEGER END AS width,
    CASE WHEN facts <> '' THEN split_part(facts, ' ', 3)::INTEGER END AS height,
    nullif(class::BIGINT // 2 - 1, -1)::INTEGER AS label, if(class::BIGINT % 2 = 1, 'test', 'train') AS part,
    CASE WHEN facts <> '' THEN split_part(facts, ' ', 1) END AS digest
  FROM (SELECT rowid AS "index", * FROM rows) POSITIONAL JOIN (
    SELECT unnest(string_split(ids, chr(0))) AS id, unnest(string_split(paths, chr(0))) AS path,
      unnest(string_split(facts, chr(0))) AS facts
    FROM texts)`;

/** What the file holds. */
export interface ManifestContent {
  readonly images: ImageList;
  readonly read: ReadImages;
  readonly facts: object;
  /** of all of this, hexadecimal */
  readonly hash: string;
}

/** Writes manifest.parquet: index, id, path, offset, bytes, width, height, label, part, digest. */
export async function writeManifestFile(
  path: string,
  { images, read, facts, hash }: ManifestContent,
): Promise<void> {
  const { columns, count } = images;
  const bundles = Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, i) => i * AT_ONCE);
  const text = (of: (first: number, end: number) => string) =>
    computedColumn("string", bundles.length, (i) => {
      const first = bundles[i] as number;
      return of(first, Math.min(count, first + AT_ONCE));
    });
  const classOf = (row: number) => 2 * ((columns.label[row] as number) + 1) + (columns.part[row] as number);
  await writeParquetQuery(
    path,
    {
      rows: {
        offset: column("f64", columns.offset),
        bytes: column("f64", columns.bytes),
        class: computedColumn("f64", count, classOf),
      },
      texts: {
        ids: text((first, end) => images.joinedIds(first, end)),
        paths: text((first, end) => pathsText(columns, first, end)),
        facts: text((first, end) => factsText(read, first, end)),
      },
    },
    SELECT,
    { schema: SCHEMA, hash, facts: JSON.stringify(facts) },
  );
}

/** Digest, width and height of the images from `first` to before `end`; nothing for those that no one has read. */
function factsText(read: ReadImages, first: number, end: number): string {
  const texts = new Array<string>(end - first).fill("");
  let row = read.rowFrom(first);
  for (; row < read.count && (read.indices[row] as number) < end; row++)
    texts[(read.indices[row] as number) - first] =
      `${hexOf(read.digest(row))} ${read.widths[row]} ${read.heights[row]}`;
  return texts.join("\0");
}

/** What stands for the paths in the file, parted by NUL. Rows of one path mostly follow each other: it is written by runs. */
function pathsText({ path, paths }: ImageColumns, first: number, end: number): string {
  let text = "";
  for (let row = first, next = row; row < end; row = next) {
    const number = path[row] as number;
    while (next < end && path[next] === number) next++;
    const one = paths[number];
    text += `${one === undefined ? "" : OTHER + one}\0`.repeat(next - row);
  }
  return text.slice(0, -1);
}

/**
 * What manifest.parquet holds, not yet compared with its hash: rows as the file has them, since DuckDB reads with one thread.
 * Throws SslMemError DATA when it is missing or another table.
 */
export async function readManifestFile(
  path: string,
): Promise<{ images: ImageList; read: ReadImages; facts: string; hash: string }> {
  const { schema, facts = "", hash = "" } = await readMetadata(path);
  if (schema !== SCHEMA) {
    const earlier = schema?.startsWith("sslmem/manifest@") ?? false;
    throw new SslMemError(
      "DATA",
      `Expected a manifest (${SCHEMA}) at ${path} but it is ${earlier ? `one of an earlier version (${foreign(schema as string)})` : foreign(schema ?? "another table")}.`,
      "another --run directory; the run is as it was for the version that made it",
    );
  }
  const file = `read_parquet(${fileList(path)})`;
  return withSession(MEMORY, async (session) => {
    const [offset, bytes, label, test] = (await session.columns(
      `SELECT "offset", bytes, coalesce(label, -1), (part = 'test')::INTEGER FROM ${file}`,
    )) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const texts = await session.ask(
      `SELECT string_agg(id, chr(0)) AS ids, string_agg(if(path = id, '', '${OTHER}' || path), chr(0)) AS paths
       FROM ${file} GROUP BY "index" // ${AT_ONCE} ORDER BY "index" // ${AT_ONCE}`,
    );
    const images = ImageList.from({
      ...textOfJoined(
        texts.map((row) => String(row.ids)),
        offset.length,
      ),
      ...pathsOfJoined(
        texts.map((row) => String(row.paths)),
        offset.length,
      ),
      offset,
      bytes,
      label: Int32Array.from(label),
      part: Uint8Array.from(test),
    });
    return { images, read: await readImagesOf(session, file), facts, hash };
  });
}

async function readImagesOf(
  session: Parameters<Parameters<typeof withSession>[1]>[0],
  file: string,
): Promise<ReadImages> {
  const where = `FROM ${file} WHERE digest IS NOT NULL`;
  const [indices, widths, heights] = (await session.columns(`SELECT "index", width, height ${where}`)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rows = await session.ask(
    `SELECT string_agg(digest, '') AS digests ${where} GROUP BY "index" // ${AT_ONCE} ORDER BY "index" // ${AT_ONCE}`,
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

/** Ids that are parted by NUL, as the columns of a list. */
function textOfJoined(texts: readonly string[], rows: number): Pick<ImageColumns, "text" | "ends"> {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const text = new Uint8Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0));
  const ends = new Float64Array(rows);
  let [length, row] = [0, 0];
  for (const bytes of encoded) {
    for (let start = 0; start <= bytes.length; row++) {
      const found = bytes.indexOf(0, start);
      const end = found < 0 ? bytes.length : found;
      text.set(bytes.subarray(start, end), length);
      length += end - start;
      ends[row] = length;
      start = end + 1;
    }
  }
  return { text: text.subarray(0, length), ends };
}

/** Paths that are parted by NUL, as the columns of a list: numbered as they first come. */
function pathsOfJoined(texts: readonly string[], rows: number): Pick<ImageColumns, "path" | "paths"> {
  const path = new Int32Array(rows).fill(-1);
  const numbers = new Map<string, number>();
  let row = 0;
  for (const text of texts) {
    for (const one of text.split("\0")) {
      if (one !== "" && !numbers.has(one)) numbers.set(one, numbers.size);
      path[row++] = numbers.get(one) ?? -1;
    }
  }
  return { path, paths: [...numbers.keys()].map((one) => one.slice(OTHER.length)) };
}
