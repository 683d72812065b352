import { type Html, html } from "../html.js";
import { count, shortened } from "../number-format.js";

/** One section of the page, with a heading that can be linked to. */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

/** A section of the page under its heading, which links reach by its id. */
export function section({ id, title, body }: Section): Html {
  return html`<section id="${id}"><h2>${title}</h2>
${body}</section>
`;
}

type Cell = Html | string;

/** Rows that a table has at most: no part of the page grows with the run. */
const MOST_ROWS = 400;

/**
 * A table that scrolls by itself where it is too wide; the first cell of a row is its heading. Of more than 400 rows it has
 * the first, and says so.
 */
export function table(name: string, head: readonly Cell[], all: readonly (readonly Cell[])[]): Html {
  const rows = all.slice(0, MOST_ROWS);
  const caption = rows.length < all.length ? `${name}: ${someOf(rows.length, all.length)}` : name;
  const cells = ([first, ...rest]: readonly Cell[]) =>
    html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(cells)}</tbody></table></div>`;
}

/** A plot with what it says in words and the numbers behind it. */
export function figure(plot: Html, caption: Cell, numbers: Html): Html {
  return html`<figure>${plot}<figcaption>${caption}</figcaption>
<details class="numbers"><summary>The numbers behind this plot</summary>${numbers}</details></figure>
`;
}

/** What a list that was cut says of itself. */
export const someOf = (shown: number, all: number): string =>
  `${count(shown)} of ${count(all)} shown; report.json has all`;

/** Letters that a file's name or a reason has at most on the page. */
const LONGEST = 300;

/** A name of any length as the page has it. */
export const nameText = (name: string): string => shortened(name, LONGEST);

/** An id as text, whatever characters it has: kept apart from the direction of the words around it. */
export function idText(id: string): Html {
  return html`<bdi class="id">${nameText(id)}</bdi>`;
}

/** A small picture beside the id of an image, which is its text (so alt is empty); nothing where the report has none. */
export function thumbnail(uri: string | undefined): Html {
  return uri === undefined ? html`` : html`<img class="thumbnail" src="${uri}" alt="">`;
}

/** The ends of an interval, in brackets; nothing where it is not defined. */
export function range(low: Html, high: Html): Html {
  const isThere = [low, high].every(({ text }) => text.startsWith("<data"));
  return isThere ? html`<span class="range">[${low}, ${high}]</span>` : html``;
}
