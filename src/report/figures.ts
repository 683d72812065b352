import type { Maybe } from "../analyze/types.js";
import { type Html, html } from "./html.js";
import type { NumberFormat } from "./number-format.js";

/** Puts a number of report.json on the page: what is at the JSON pointer (RFC 6901), in that format. */
export type Show = (pointer: string, format: NumberFormat) => Html;

/** What a JSON pointer leads to in a document, or undefined. */
export function at(document: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (value, token) =>
        typeof value === "object" && value !== null
          ? (value as Record<string, unknown>)[token.replaceAll("~1", "/").replaceAll("~0", "~")]
          : undefined,
      document,
    );
}

/**
 * Numbers reach the page only through this, as <data value data-from>, so that page and report.json cannot say different
 * things, and a test can compare every one of them. A null is shown as n/a with its reason.
 */
export function figuresOf(report: object): Show {
  return (pointer, format) => {
    const value = at(report, pointer) as Maybe | undefined;
    if (typeof value === "number")
      return html`<data value="${value}" data-from="${pointer}">${format(value)}</data>`;
    const why = reasonFor(report, pointer);
    return html`<span class="none"${why ? html` title="${why}"` : ""}>n/a</span>`;
  };
}

/** Why a figure of an analysis (report.json has one, a comparison two) is null. */
function reasonFor(report: object, pointer: string): string | undefined {
  const [, analysis, path] = /^(.*\/analysis)\/(.+)$/.exec(pointer) ?? [];
  if (analysis === undefined || path === undefined) return undefined;
  return at(report, `${analysis}/why/${path.replaceAll("/", ".")}`) as string | undefined;
}
