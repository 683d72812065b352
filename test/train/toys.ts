// Methods for tests of what no registered method does.
import * as tf from "../../src/engine/tf.js";
import { METHODS } from "../../src/methods/registry.js";
import { type Method, method, type Objective } from "../../src/methods/types.js";

/** A method of one view without settings, registered for this process. */
export function register(name: string, build: Method["build"], needs = {}): void {
  const made = method({
    name,
    summary: "for tests",
    settings: {},
    defaults: {},
    needs: () => ({ views: [{ group: 0, count: 1 }], ...needs }),
    build,
  });
  (METHODS as unknown as Method[]).push(made);
}

/** Mean square of five linear functions of the representation. */
export const squares: Method["build"] = ({ dim }, _settings, { layers }): Objective => ({
  parameters: layers.linearSpecs("head.fc", dim, 5),
  loss({ views: [x] }, { encode, head }) {
    return { loss: tf.mean(tf.square(layers.linear(encode(x).pooled, "head.fc", head))) };
  },
});
