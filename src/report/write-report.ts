import { SslMemError } from "../errors.js";
import { writeJson, writeWhole } from "../files/index.js";
import { runPaths } from "../run/paths.js";
import { checkGiven } from "../text/given.js";
import { type Collected, collect } from "./collect/index.js";
import { renderPage } from "./page/index.js";
import { GALLERY_BUDGET, lengthOf, type PagePictures, picturesOf, viewRecipeOf } from "./pictures.js";
import { type Report, reportSchema } from "./report-schema.js";
import { thumbnailsOf } from "./thumbnails.js";

/** What goes into the page. */
export interface ReportOptions {
  /** Put pictures into the page. Default true. */
  readonly images?: boolean;
}

/** A report that has been written. */
export interface WrittenReport {
  report: Report;
  /** Paths of report.html and report.json. */
  html: string;
  json: string;
  /** Length of report.html, bytes; always below 5 MB. */
  bytes: number;
}

const MOST_BYTES = 5_000_000;
const NO_PICTURES: PagePictures = { gallery: new Map(), thumbnails: new Map() };

/**
 * Writes report.html and report.json of a run, out of its files alone: no encoder and no engine is needed.
 *
 * @param root run directory
 * @throws SslMemError DATA when the run has not been analysed or a file is malformed. A data set that is not there any
 *   more is no error: the page then says that it has no pictures, and why.
 */
export async function writeReport(root: string, options: ReportOptions = {}): Promise<WrittenReport> {
  checkGiven("writeReport", { root }, ["root"]);
  const collected = await collect(root);
  const { report } = collected;
  let page: string;
  if (options.images === false) {
    report.images.reason = "this report was written without them";
    page = await renderPage(report, NO_PICTURES);
  } else page = await illustrated(collected);
  const bytes = Buffer.byteLength(page);
  if (bytes > MOST_BYTES)
    throw new SslMemError(
      "INTERNAL",
      `Expected a report of at most ${MOST_BYTES} bytes but it has ${bytes}.`,
    );
  reportSchema.parse(report);
  const { report: html, reportJson: json } = runPaths(root);
  await writeJson(json, report);
  await writeWhole(html, page);
  return { report, html, json, bytes };
}

/** The page with its pictures; smaller or fewer ones where those of the usual budget do not fit beside the words. */
async function illustrated(collected: Collected): Promise<string> {
  const { report } = collected;
  const pictures = await addPictures(collected, GALLERY_BUDGET);
  const page = await renderPage(report, pictures);
  const excess = Buffer.byteLength(page) - MOST_BYTES;
  if (excess <= 0 || !report.images.pictures) return page;
  const length = shownIn(report).reduce((sum, { index }) => {
    const own = pictures.gallery.get(index);
    return own === undefined ? sum : sum + lengthOf(own);
  }, 0);
  return renderPage(report, await addPictures(collected, length - excess));
}

/**
 * Pictures of the images that are listed and mentioned, and the operations of their views into the report.
 *
 * @param budget characters that the listed ones may have on the page
 */
async function addPictures(
  { report, manifest, parts, source }: Collected,
  budget: number,
): Promise<PagePictures> {
  const { images } = report;
  const shown = shownIn(report);
  const none = (reason: string) => {
    for (const image of shown) image.views = null;
    Object.assign(images, { pictures: false, reason });
    return NO_PICTURES;
  };
  if (manifest === null || source === null) return none("this run has no list of its images");
  if (shown.length === 0) return none("there are no candidates");
  try {
    const recipe = await viewRecipeOf(parts[0] as string);
    images.viewsEach = recipe.views;
    const indices = [...new Set(shown.map(({ index }) => index))];
    // Of a few candidates some are in both lists, and their pictures twice on the page.
    const once = (budget * indices.length) / shown.length;
    const gallery = await picturesOf(source, manifest, recipe, indices, once);
    if (gallery === null) return none("they do not fit beside the words on a page of 5 MB");
    const thumbnails = await thumbnailsOf(source, manifest, mentioned(report));
    for (const image of shown) image.views = gallery.get(image.index)?.views.map(({ ops }) => ops) ?? null;
    images.pictures = true;
    return { gallery, thumbnails };
  } catch (error) {
    if (!(error instanceof SslMemError) || error.code === "INTERNAL") throw error;
    return none(`the images cannot be read now (${error.message})`);
  }
}

/** The images of both lists, as the page has them. */
const shownIn = ({ images }: Report) => [...images.most, ...images.least];

/** Manifest indices of the images that get a thumbnail, as often as they do. */
function mentioned({ analysis, localization }: Report): number[] {
  return [
    ...(analysis.near_duplicates?.listed ?? []).flatMap(({ first, second }) => [first.index, second.index]),
    ...(localization?.top_images ?? []).map(({ index }) => index),
    ...(localization?.top_units ?? []).flatMap(({ images }) => images.map(({ index }) => index)),
  ];
}
