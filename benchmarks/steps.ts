// Training steps of other methods and encoders on the torch engine beside eager PyTorch with timm and torchvision.
import type { Row } from "./row.js";
import { best, inTurns, type Program } from "./turns.js";

const CASES = {
  mae: "MAE step, ViT-Tiny/4, 64 images of 32 px",
  dino: "DINO step, ViT-Small/16, 4 images in 2 views of 224 and 8 of 96 px, 65,536 prototypes",
  simclr: "SimCLR step, ResNet-50, 32 × 2 views of 64 px",
};

/** @param trial runs a trial of ours in a process of its own @param peer runs a peer; both parse the JSON it prints */
export function measureSteps(precision: "bf16" | "fp32", trial: Program, peer: Program): Row[] {
  return Object.entries(CASES).map(([name, what]) => {
    const seconds = "20";
    const turns = inTurns(
      () => trial("step", name, precision, seconds),
      () => peer("step_peer.py", "--case", name, "--seconds", seconds, "--precision", precision),
    );
    const ours = best(turns.map((turn) => turn.ours.imagesPerSecond));
    const other = best(turns.map((turn) => turn.other.images_per_second));
    const { engine } = (turns[0] as (typeof turns)[number]).ours;
    // Emulated bf16 is no aim.
    const isNative = engine.bf16.startsWith("native");
    return {
      what: `${what}, ${precision} (${engine.bf16})`,
      unit: "images/s",
      ours,
      peer: other,
      peerName: `${turns[0]?.other.peer}, eager`,
      ratio: ours / other,
      required: precision === "fp32" ? 1 : isNative ? 1.1 : 0,
    };
  });
}
