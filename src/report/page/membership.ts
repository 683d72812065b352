import type { Membership } from "../../analyze/index.js";
import type { Show } from "../figures.js";
import { html } from "../html.js";
import { decimals, level, percent } from "../number-format.js";
import { linesPlot } from "../plots/lines.js";
import type { Report } from "../report-schema.js";
import { figure, range, type Section, table } from "./elements.js";

const SCORES: Record<Membership["score"], string> = {
  sslmem: "sslmem",
  memorization: "memorization",
  alignment_f: "loss of f alone",
};

const nameOf = ({ score, members, others }: Membership) =>
  `${SCORES[score]}: ${members.replaceAll("+", " + ")} against ${others.replaceAll("+", " + ")}`;

/** How well members are told from others: the score, and f's alignment alone as an attacker without g would use it. */
export async function membershipSection({ analysis }: Report, show: Show): Promise<Section | null> {
  const { membership } = analysis;
  if (membership.length === 0) return null;
  const [first] = membership;
  // One plot has one question: the first one's, by every score.
  const shown = membership
    .map((one, i) => ({ one, i }))
    .filter(
      ({ one }) => one.members === first?.members && one.others === first?.others && one.roc.length > 0,
    );
  const fprs = first?.tpr_at_fpr.map(({ fpr }) => fpr) ?? [];
  const numbers = table(
    "Members told from others",
    ["score and question", "AUC", ...fprs.map((fpr) => `found at ${level(fpr)} false`), "balanced accuracy"],
    membership.map((one, i) => {
      const at = (name: string, format = decimals(3)) => show(`/analysis/membership/${i}/${name}`, format);
      const estimate = (name: string, format = decimals(3)) =>
        html`${at(`${name}/value`, format)} ${range(at(`${name}/low`, format), at(`${name}/high`, format))}`;
      return [
        nameOf(one),
        estimate("auc"),
        ...one.tpr_at_fpr.map(
          ({ resolved }, t) => html`${estimate(`tpr_at_fpr/${t}`, percent)}${!resolved && " *"}`,
        ),
        estimate("balanced_accuracy", percent),
      ];
    }),
  );
  const unresolved = membership.some((one) => one.tpr_at_fpr.some(({ resolved }) => !resolved));
  const plot =
    shown.length > 0 &&
    figure(
      await linesPlot(
        shown.map(({ one }) => ({
          name: SCORES[one.score],
          points: one.roc.map(({ fpr, tpr }) => ({ x: fpr, y: tpr })),
        })),
        {
          description:
            "Share of members found against share of others taken for members, for every threshold of each score.",
          x: "others taken for members",
          y: "members found",
          xDomain: [0, 1],
          yDomain: [0, 1],
          reference: [
            [0, 0],
            [1, 1],
          ],
        },
      ),
      html`${first?.members.replaceAll("+", " + ")} against ${first?.others.replaceAll("+", " + ")}; the straight line is chance.`,
      html`${shown.map(({ one, i }) =>
        table(
          `${SCORES[one.score]}: points of the curve`,
          ["others taken for members", "members found"],
          one.roc.map((_, r) => [
            show(`/analysis/membership/${i}/roc/${r}/fpr`, decimals(4)),
            show(`/analysis/membership/${i}/roc/${r}/tpr`, decimals(4)),
          ]),
        ),
      )}`,
    );
  return {
    id: "membership",
    title: "Can members be told from others?",
    body: html`<p>An attacker would ask this of the encoder. “Loss of f alone” needs no second encoder and is what the attacker has
(as EncoderMI); the scores need g too.</p>${plot}${numbers}${
      unresolved && html`<p class="small">* There are too few others to resolve so small a share.</p>`
    }`,
  };
}
