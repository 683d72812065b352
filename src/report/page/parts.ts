import { type Html, html } from "../html.js";

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

/** A table that scrolls by itself where it is too wide; the first cell of a row is its heading. */
export function table(caption: string, head: readonly Cell[], rows: readonly (readonly Cell[])[]): Html {
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

/** An id as text, whatever characters it has: kept apart from the direction of the words around it. */
export function idText(id: string): Html {
  return html`<bdi class="id">${id}</bdi>`;
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
