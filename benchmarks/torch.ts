// The torch engine beside eager PyTorch on the CPU: the SimCLR step, its limit, and encoding.
import type { Row } from "./row.js";
import { best, inTurns, type Program } from "./turns.js";

/** @param trial runs a trial of ours in a process of its own @param peer runs a peer; both parse the JSON it prints */
export function measureTorch(precision: "bf16" | "fp32", trial: Program, peer: Program): Row[] {
  const steps = inTurns(
    () => trial("train", "torch", precision, "15"),
    () => peer("train_peer.py", "--seconds", "15", "--precision", precision),
  );
  const batches = inTurns(
    () => trial("encode", "torch", precision, "8"),
    () => peer("encode_peer.py", "--seconds", "8", "--precision", precision),
  );
  const { engine } = (steps[0] as (typeof steps)[number]).ours;
  const row = (
    what: string,
    turns: typeof steps,
    [unit, ours, theirs]: [string, string, string],
    required: number,
  ): Row => {
    const [mine, other] = [best(turns.map((t) => t.ours[ours])), best(turns.map((t) => t.other[theirs]))];
    const peerName = `${turns[0]?.other.peer}, eager`;
    return {
      what: `${what}, ${precision} (${engine.bf16})`,
      unit,
      ours: mine,
      peer: other,
      peerName,
      ratio: mine / other,
      required,
    };
  };
  const rate: [string, string, string] = ["views/s", "viewsPerSecond", "views_per_second"];
  const limit: [string, string, string] = ["views/s", "limitViewsPerSecond", "limit_views_per_second"];
  const images: [string, string, string] = ["images/s", "imagesPerSecond", "images_per_second"];
  const imagesLimit: [string, string, string] = [
    "images/s",
    "limitImagesPerSecond",
    "limit_images_per_second",
  ];
  const amx = engine.bf16.includes("AMX");
  const step = row(
    "SimCLR step, CIFAR ResNet-18, 64 × 2 views, torch engine",
    steps,
    rate,
    precision === "bf16" && amx ? 1.3 : 1,
  );
  const rows = [
    step,
    row("limit of that step: its convolutions and matrix products alone", steps, limit, 0),
    row(
      "encoding, CIFAR ResNet-18, batch 256, torch engine",
      batches,
      images,
      precision === "bf16" ? 1.2 : 0,
    ),
    row("limit of that: its convolutions alone (ours with bias, residual and ReLU)", batches, imagesLimit, 0),
  ];
  if (precision === "bf16") return rows;
  const tensorflow = best([1, 2].map(() => trial("train", "tensorflow", "fp32", "15").viewsPerSecond));
  return [
    ...rows,
    {
      ...step,
      peer: tensorflow,
      peerName: "the tensorflow engine",
      ratio: step.ours / tensorflow,
      required: 0,
    },
  ];
}
