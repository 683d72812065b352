import { describeTaken } from "../../data/index.js";
import { type Html, html } from "../html.js";
import { count } from "../number-format.js";
import type { Report } from "../report-schema.js";
import { idText, nameText, type Section, someOf, table } from "./elements.js";

const LISTED = 100;
const SESSIONS = 50;

/** What the data set was taken for, what was left out of it, and which files could not be read. */
export function dataSection({ analysis, listing = null }: Report): Section | null {
  const { skipped } = analysis;
  if (listing === null && skipped.length === 0) return null;
  const lines = listing === null ? [] : describeTaken(listing);
  return {
    id: "data",
    title: "The data",
    body: html`${lines.map((line) => html`<p class="id">${nameText(line)}</p>`)}${skippedFiles(skipped)}`,
  };
}

function skippedFiles(skipped: Report["analysis"]["skipped"]): Html {
  if (skipped.length === 0) return html``;
  const more = skipped.length - LISTED;
  const are = skipped.length === 1 ? "is" : "are";
  return html`<h3 id="skipped">Skipped files</h3><p>${count(skipped.length)} ${skipped.length === 1 ? "file" : "files"} that could have been used could not be read and ${are} in no
figure.${more > 0 && ` The first ${LISTED}; report.json has all.`}</p>${table(
    "Skipped files",
    ["file", "reason"],
    skipped
      .slice(0, LISTED)
      .map(({ id, reason }) => [idText(id), html`<span class="id">${nameText(reason)}</span>`]),
  )}`;
}

/** What the scores are good for, and what not. */
export function meaningSection({ analysis, foreign }: Report): Section {
  return {
    id: "meaning",
    title: "What a high score means, and what to do next",
    body: html`<p>${foreign ? "f and g are weights from elsewhere: sslmem trained neither, and which images either saw it does not know." : "f and g were trained alike, but only f saw the candidates."} For every image, the same augmented views went through both.
L<sub>f</sub> and L<sub>g</sub> are the mean distances between its views' representations, and
sslmem = (L<sub>g</sub> − L<sub>f</sub>) / (L<sub>g</sub> + L<sub>f</sub>): above 0, f holds the image together better than g does.</p>
<h3>A high score says${foreign && ", if f was trained on the image, g was not, and both were trained alike otherwise"}</h3><ul><li>that this image's place in the representation depends on its having been in the training set;</li>
<li>that someone who can query the encoder may be able to tell that the image was used.</li></ul>
<h3>It does not say</h3><ul><li>that the image can be reconstructed from the encoder;</li>
<li>that memorising it does harm: images that are hard to learn are memorised so that others like them are represented well;</li>
<li>more than its error allows: single values near 0 mean nothing, and the order of images with close scores is chance.${analysis.pairs === 1 && " With one pair, ± covers the choice of views only, not that of the training's random numbers."}</li></ul>
<h3>Next</h3><ul><li>Look at the images at the top: duplicates, odd ones and personal ones are the usual finds.</li>
${foreign ? html`<li>Score the images under other pairs of weights too, if you have them, before you act on single images.</li>` : html`<li>Rank with several pairs (<code>--pairs 3</code>) before you act on single images.</li>`}
<li>Compare with another run: <code>sslmem report RUN OTHER</code>.</li>
<li>Take out what should not be there, train again, audit again.</li></ul>`,
  };
}

/** Every setting, and the machines that worked on the run. */
export function settingsSection({ settings, sessions }: Report): Section {
  const value = (one: unknown) => (one === null ? "–" : typeof one === "string" ? one : JSON.stringify(one));
  const engine = (one: Record<string, string> | null) =>
    one === null
      ? "none"
      : Object.entries(one)
          .map(([name, text]) => `${name} ${text}`)
          .join(", ");
  return {
    id: "settings",
    title: "Settings and environment",
    body: html`<details><summary>All settings</summary><div class="settings">${table(
      "Settings and where each came from",
      ["setting", "value", "from"],
      Object.entries(settings).map(([name, one]) => [name, value(one.value), one.from]),
    )}</div></details>
<details><summary>Commands and machines</summary><div class="settings">${table(
      sessions.length > SESSIONS ? `The last sessions: ${someOf(SESSIONS, sessions.length)}` : "Sessions",
      ["began", "command", "sslmem", "engine", "machine"],
      sessions
        .slice(-SESSIONS)
        .map((s) => [
          s.started,
          s.command,
          `${s.sslmem}${s.gitCommit === null ? "" : ` (${s.gitCommit.slice(0, 12)})`}`,
          engine(s.engine),
          `${s.cpu}, ${s.cores} cores${s.cpuFeatures.length > 0 ? ` (${s.cpuFeatures.join(" ")})` : ""}, ${s.memoryGiB} GiB, ${s.system}, Node ${s.node}`,
        ]),
    )}</div></details>`,
  };
}

/** How to cite the method. */
export function citeSection({ sslmem }: Report): Section {
  return {
    id: "cite",
    title: "How to cite",
    body: html`<p>The score was defined by Wang et al.; its set-independent form is that of the LayerMem paper.</p>
<pre>Wang, Kaleem, Dziedzic, Backes, Papernot, Boenisch: Memorization in self-supervised learning improves
downstream generalization. ICLR 2024. arXiv:2401.12233
Wang, Dziedzic, Backes, Boenisch: Localizing memorization in SSL vision encoders. NeurIPS 2024. arXiv:2409.19069
Computed with sslmem ${sslmem}.</pre>`,
  };
}
