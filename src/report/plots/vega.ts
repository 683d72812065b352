import type { TopLevelSpec } from "vega-lite";
import { font } from "../font.js";
import { type Html, raw } from "../html.js";

/**
 * The colours of the four subsets and of f and g: Okabe and Ito's, told apart by people with any colour vision (the page
 * gives each name its shade for light and for dark). Nothing is told by colour alone: rows, dashes and shapes say it too.
 */
export const COLOURS = {
  shared: "var(--shared)",
  candidate: "var(--candidate)",
  independent: "var(--independent)",
  external: "var(--external)",
  f: "var(--candidate)",
  g: "var(--shared)",
} as const;

const QUIET = "var(--quiet)";

/** The look of every plot. Colours are names of the page's style sheet, so that a plot follows light and dark. */
const CONFIG = {
  background: null,
  // Screen readers get the description and the table; marks by the hundred would only be noise.
  aria: false,
  font: "sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: "var(--ink)",
    titleColor: "var(--ink)",
    titleFontWeight: "normal",
    labelFontSize: 12,
    titleFontSize: 12,
    domainColor: QUIET,
    tickColor: QUIET,
    gridColor: "var(--grid)",
    labelLimit: 0,
  },
  header: { labelColor: "var(--ink)", titleColor: "var(--ink)", labelFontSize: 12 },
  legend: {
    labelColor: "var(--ink)",
    titleColor: "var(--ink)",
    labelFontSize: 12,
    labelLimit: 0,
    orient: "top",
    title: null,
  },
  title: { color: "var(--ink)", fontSize: 12 },
  text: { color: "var(--ink)", fontSize: 12 },
  rule: { color: QUIET },
} as const;

/** Roboto is narrower than some of the fonts that a reader may have as sans-serif: Open Sans and Verdana are wider. */
const WIDER = 1.12;

/** Everything of a specification but what all plots share. */
export type Plot = Record<string, unknown>;

/**
 * Draws a vega-lite specification as inline SVG, without a browser, a canvas or a network.
 *
 * @param description what the plot shows, in a sentence: its text for screen readers
 */
export async function draw(description: string, plot: Plot): Promise<Html> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  // Without a canvas vega takes 0.8 em for a character: labels would be cut, and half of the ticks left without.
  const { textMetrics } = vega as unknown as {
    textMetrics: { width(item: { fontSize?: number }, text: string): number };
  };
  textMetrics.width = ({ fontSize = 11 }, text) =>
    WIDER * font(400).getAdvanceWidth(String(text ?? ""), fontSize);
  const { spec } = lite.compile({ ...plot, padding: 2, config: CONFIG } as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    const plain = svg
      .replace(/ (role|aria-roledescription|aria-hidden|pointer-events)="[^"]*"/g, "")
      .replace(/<path class="(foreground|background)" d=""[^>]*\/>/g, "");
    return raw(plain.replace("<svg ", `<svg role="img" aria-label="${attribute(description)}" `));
  } finally {
    view.finalize();
  }
}

const attribute = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
