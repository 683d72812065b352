// The other files of a checkpoint in place of its weights are named for what they are, with the file to take.
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { matchForeign } from "../../src/nn/match.js";
import { networkNamed } from "../networks.js";

const { parameters } = networkNamed("resnet9");
const learned = parameters.filter(({ isLearned }) => isLearned).map(({ name }) => name);
const said = (names: readonly string[], path: string) => {
  const array = { shape: [1], data: Float32Array.of(0) };
  const stored = { tensors: new Map(names.map((name) => [name, array])), others: new Map() };
  try {
    matchForeign(parameters, stored, path, "resnet9");
  } catch (error) {
    return error as SslMemError;
  }
  throw new Error("Expected an error.");
};

const OF: Record<string, [string[], RegExp]> = {
  head: [
    ["projector.fc.weight", "predictor.fc.bias", "head.fc.weight"],
    /holds the learned arrays that a method adds/,
  ],
  state: [["state.centre", "state.queue"], /holds the state of a method/],
  optimizer: [
    [...learned.map((name) => `${name}.momentum`), "projector.fc.weight.momentum"],
    /holds the state of an optimizer/,
  ],
};
for (const [kind, [names, what]] of Object.entries(OF))
  test(`the file ${kind}`, (t) => {
    const error = said(names, `runs/r/f/step-00000009.${kind}.safetensors`);
    t.true(error instanceof SslMemError);
    t.is(error.code, "DATA");
    t.regex(error.message, what);
    t.is(error.hint, "runs/r/f/step-00000009.safetensors, the encoder of the same checkpoint");
    t.regex(said(names, "renamed.safetensors").hint ?? "", /step-N\.safetensors/);
  });

test("another network is still told as one", (t) => {
  t.regex(said(["layer9.weight"], "w.safetensors").message, /another network/);
  t.regex(said(["conv1.weight"], "w.safetensors").message, /another network/);
});
