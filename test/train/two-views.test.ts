// What methods of two views share: which groups of a policy they take, and that one image alone is refused.
import test from "ava";
import { getPolicy } from "../../src/augment/index.js";
import { alone } from "../../src/engine/collective.js";
import { getMethod } from "../../src/methods/registry.js";
import { twoViews } from "../../src/methods/two-views.js";
import { valuesOf } from "../../src/settings/registry.js";
import { networkNamed } from "../networks.js";

const network = networkNamed("resnet9");
const METHODS = ["simsiam", "byol", "vicreg", "barlow-twins", "moco"];

test("two groups of one size give a view each, else the first gives two", (t) => {
  const groupsOf = (policy: ReturnType<typeof getPolicy>) => twoViews(policy).views.map(({ group }) => group);
  const at = (name: string) => getPolicy(name, { imageSize: 32 });
  t.deepEqual(groupsOf(at("asym")), [0, 1]);
  t.deepEqual(groupsOf(at("dino")), [0, 1]);
  t.deepEqual(groupsOf(at("simclr")), [0, 0]);
  const [global, , local] = at("dino").groups;
  t.deepEqual(groupsOf({ name: "two sizes", groups: [global, local] as never }), [0, 0]);
  for (const name of METHODS) {
    const method = getMethod(name);
    const needs = method.needs(valuesOf(method.settings, {}), network, at("asym"));
    t.deepEqual(needs, twoViews(at("asym")), name);
  }
});

test("one image at once is refused by losses and heads that need several, naming the flags", (t) => {
  for (const name of ["simclr", "simsiam", "byol", "vicreg", "barlow-twins"]) {
    const method = getMethod(name);
    const given = { dim: 8, encoder: [], classes: 0, batch: 1, epochs: 1, collective: alone };
    const error = t.throws(() => method.build(given, valuesOf(method.settings, {}), {} as never));
    t.like(error, { code: "USAGE", hint: "a larger --batch, or a smaller --accumulate" }, name);
    t.regex(error?.message ?? "", /^Expected at least 2 images at once for .*, but received 1\.$/);
  }
});
