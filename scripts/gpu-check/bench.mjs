// The measured rows: ours and the peers take turns in the same run, each in a process of its own.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./run.mjs";

/**
 * What is measured. `required` and `aim` are the ratios that issue 5 asks for; a peer's ratio is ours over the peer's.
 * @param {{device: string, dry: boolean, seconds: number}} options
 */
export function rowsOf({ device, dry, seconds }) {
  const d = ["--device", device];
  const s = ["--seconds", String(seconds)];
  const precision = dry ? "fp32" : "bf16";
  const ownStep = (arch, size, batch, graphs) => ({
    what: `SimCLR step, ${arch} ${size}², ${batch} × 2 views, ${precision}, views on the device, CUDA graphs ${graphs}`,
    arch,
    ours: ["step", device, precision, arch, String(size), String(batch), String(seconds), graphs],
    peers: [],
  });
  const step = (arch, size, batch, eager, compiled, graphs = "off") => ({
    ...ownStep(arch, size, batch, graphs),
    peers: [
      {
        script: "gpu_train_peer.py",
        args: [...d, ...s, "--arch", arch, "--size", size, "--batch", batch],
        required: eager,
      },
      ...(dry
        ? []
        : [
            {
              script: "gpu_train_peer.py",
              args: [...d, ...s, "--arch", arch, "--size", size, "--batch", batch, "--compile"],
              aim: compiled,
            },
          ]),
    ],
  });
  const [side, views] = dry ? [72, 32] : [224, 512];
  const augment = [...d, ...s, "--size", side, "--views", views];
  const [arch, size, images, batch] = dry ? ["resnet18-cifar", 32, 64, 16] : ["resnet50", 224, 2048, 128];
  return [
    {
      what: `SimCLR views ${side}² with blur, from 375 × 500, images on the device`,
      ours: ["views", device, precision, String(side), String(views), String(seconds)],
      peers: [
        { script: "gpu_augment_peer.py", args: augment, required: 10, needs: "torchvision" },
        {
          script: "gpu_augment_peer.py",
          args: [...augment, "--batched"],
          required: 10,
          needs: "torchvision",
        },
      ],
    },
    // The launches of small images' kernels are what a graph saves: what is asked for here is meant with one.
    step("resnet18-cifar", 32, dry ? 8 : 512, 1.3, 1.2, dry ? "off" : "on"),
    ...(dry ? [] : [step("resnet50", 224, 256, 1.0, 1.1), step("resnet18", 224, 256, 1.0, 1.1)]),
    {
      what: `scoring, ${arch} ${size}², K = 10, from decoded images to rows, ${precision}`,
      arch,
      ours: ["score", device, precision, arch, String(size), String(images), String(batch)],
      peers: [
        {
          script: "gpu_score_peer.py",
          args: [...d, "--arch", arch, "--size", size, "--images", dry ? 32 : 1024, "--batch", batch],
          required: 1.2,
          aim: 2,
        },
      ],
    },
    // What the graph brings; the peers' rates are in the row with it. Last, so that it takes no other row's time.
    ...(dry ? [] : [ownStep("resnet18-cifar", 32, 512, "off")]),
  ];
}

/** How many of the ratios that are required were measured and missed. */
export const missedRatios = (rows) =>
  rows.flatMap(({ peers }) => peers).filter(({ met }) => met === false).length;

/**
 * Measures all rows. A row that cannot be measured says why and stays in the list.
 * @param onRow is called after each, so that nothing is lost if the next one hangs
 */
export async function bench(options, { python }, onRow) {
  const { tree, dry, python: interpreter, limitOf } = options;
  const deadline = performance.now() + 1000 * limitOf("bench");
  const seconds = () => Math.max(1, (deadline - performance.now()) / 1000);
  const { architectureNames } = await import(pathToFileURL(join(tree, "dist/src/nn/index.js")).href);
  let ok = true;
  for (const { what, arch, ours, peers } of rowsOf(options)) {
    const row = { what, unit: null, ours: null, n: null, peers: [] };
    onRow(row);
    if (arch !== undefined && !architectureNames().includes(arch)) {
      row.unmeasured = `the architecture ${arch} is not registered`;
      continue;
    }
    const [script, ...args] = ours;
    const mine = await run(process.execPath, [join(tree, `dist/benchmarks/gpu/${script}.js`), ...args], {
      seconds: seconds(),
      cwd: tree,
    });
    const found = mine.lines.find((line) => line.row !== undefined);
    if (!mine.ok || found === undefined) {
      row.unmeasured = mine.timedOut ? "out of time" : mine.tail;
      ok = false;
      continue;
    }
    const { value, unit, n, graphs, limit, limitOf: limitFrom } = found;
    Object.assign(row, {
      unit,
      ours: value,
      n,
      ...(graphs && { graphs }),
      ...(limit && { limit, limitOf: limitFrom }),
    });
    for (const { script, args, required, aim, needs } of peers) {
      if (python === null || (needs && !python[needs])) {
        row.peers.push({ peer: script, unmeasured: `Python has no ${python === null ? "torch" : needs}` });
        if (python === null && !dry) ok = false;
        continue;
      }
      const path = join(tree, "benchmarks/peers", script);
      const other = await run(interpreter, [path, ...args.map(String)], { seconds: seconds(), cwd: tree });
      const measured = other.lines.find((line) => line.peer !== undefined);
      if (!other.ok || measured === undefined) {
        row.peers.push({ peer: script, unmeasured: other.timedOut ? "out of time" : other.tail });
        ok = false;
        continue;
      }
      const ratio = value / measured.value;
      row.peers.push({
        ...measured,
        ratio,
        ...(required && { required, met: ratio >= required }),
        ...(aim && { aim }),
      });
    }
    onRow(row);
  }
  return ok;
}
