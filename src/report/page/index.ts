import { figuresOf } from "../figures.js";
import { html, raw } from "../html.js";
import type { PagePictures } from "../pictures.js";
import type { Report } from "../report-schema.js";
import { citeSection, dataSection, meaningSection, settingsSection } from "./closing.js";
import { viewsSection } from "./convergence.js";
import { duplicatesSection } from "./duplicates.js";
import { type Section, section } from "./elements.js";
import { firstScreen } from "./first.js";
import { gallerySection } from "./gallery.js";
import { localizationSection } from "./localization/index.js";
import { membershipSection } from "./membership.js";
import { slicesSection } from "./slices.js";
import { STYLE } from "./style.js";
import { subsetsSection, testsSection } from "./subsets.js";
import { trainingSection } from "./training.js";

/** Nothing but what is in the file itself: no script, no request, whatever an id or a label may hold. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as one HTML document, which needs no script and no network. */
export async function renderPage(report: Report, pictures: PagePictures): Promise<string> {
  const show = figuresOf(report);
  const sections = [
    gallerySection(report, show, pictures.gallery),
    await subsetsSection(report, show),
    testsSection(report, show),
    await membershipSection(report, show),
    await slicesSection(report, show),
    await viewsSection(report, show),
    await trainingSection(report, show),
    await localizationSection(report, show, pictures.thumbnails),
    duplicatesSection(report, show, pictures.thumbnails),
    dataSection(report),
    meaningSection(report),
    settingsSection(report),
    citeSection(report),
  ].filter((one): one is Section => one !== null);
  const title = `Memorisation audit of ${report.data}`;
  const body = html`<header class="top"><h1>${title}</h1>
${await firstScreen(report, show)}
<nav aria-label="Contents"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav></header>
<main id="content">${sections.map(section)}</main>
<footer><p>Written by sslmem ${report.sslmem} on ${report.written}. This file needs no network and runs no script; report.json beside it
has the same figures for programs.</p></footer>`;
  return documentOf(title, body.text);
}

/** A complete document around a body of this package's making. */
export function documentOf(title: string, body: string): string {
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><a class="skip" href="#content">Skip to the results</a>
${raw(body)}</body></html>
`.text;
}
