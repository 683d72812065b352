import test from "ava";
import { getPolicy, openPolicy, policyNames, type TransformSpec } from "../../src/augment/index.js";
import { SslMemError } from "../../src/errors.js";

const sizes = [8, 32, 64, 65, 96, 224];

function refuses(t: import("ava").ExecutionContext, body: () => unknown, part: string) {
  const error = t.throws(body);
  t.true(error instanceof SslMemError && error.code === "USAGE", String(error));
  t.true(error?.message.includes(part), error?.message);
}

const find = (transforms: readonly TransformSpec[], name: TransformSpec["transform"]) =>
  transforms.find(({ transform }) => transform === name);

for (const name of policyNames()) {
  test(`${name}: the core takes every group at every image size`, (t) => {
    for (const imageSize of sizes) {
      const policy = getPolicy(name, { imageSize });
      t.is(policy.name, name);
      t.true(policy.groups.length > 0);
      const open = openPolicy(policy);
      policy.groups.forEach((group, i) => {
        t.deepEqual(open.size(i), group.size);
        t.true(Number.isInteger(group.views) && group.views >= 1);
        t.is(group.transforms.at(-1)?.transform, "normalize");
      });
      t.deepEqual(open.size(), [imageSize, imageSize]);
    }
  });
}

test("simclr blurs images of more than 64 pixels only, with a kernel of a tenth of the side", (t) => {
  for (const imageSize of [8, 32, 64]) {
    const [group] = getPolicy("simclr", { imageSize }).groups;
    t.is(find(group?.transforms ?? [], "gaussian_blur"), undefined);
  }
  const [group] = getPolicy("simclr", { imageSize: 224 }).groups;
  t.like(find(group?.transforms ?? [], "gaussian_blur"), { kernel_size: 23, sigma: [0.1, 2], p: 0.5 });
  t.is(group?.views, 2);
});

test("asym: one view is always blurred, the other seldom but solarised; without blur up to 64 pixels", (t) => {
  const [one, two] = getPolicy("asym", { imageSize: 224 }).groups.map(({ transforms }) => transforms);
  const common = [
    {
      transform: "random_resized_crop",
      size: [224, 224],
      scale: [0.08, 1],
      ratio: [3 / 4, 4 / 3],
      interpolation: "bicubic",
    },
    { transform: "random_horizontal_flip", p: 0.5 },
    { transform: "color_jitter", brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, p: 0.8 },
    { transform: "random_grayscale", p: 0.2 },
  ];
  const blur = (p: number) => ({ transform: "gaussian_blur", kernel_size: 23, sigma: [0.1, 2], p });
  const solarize = { transform: "random_solarize", threshold: 128 / 255, p: 0.2 };
  t.deepEqual(one?.slice(0, -1), [...common, blur(1)] as TransformSpec[]);
  t.deepEqual(two?.slice(0, -1), [...common, blur(0.1), solarize] as TransformSpec[]);
  const names = (imageSize: number) =>
    getPolicy("asym", { imageSize }).groups.map(({ transforms }) =>
      transforms.map(({ transform }) => transform),
    );
  const small = common.map(({ transform }) => transform);
  t.deepEqual(names(64), [
    [...small, "normalize"],
    [...small, "random_solarize", "normalize"],
  ] as never);
  t.true(names(65).every((all) => all.includes("gaussian_blur")));
});

test("moco: crops of 20 % and more, jitter before greyscale, blur and flip; without blur up to 64 pixels", (t) => {
  const [group, ...others] = getPolicy("moco", { imageSize: 224 }).groups;
  t.deepEqual(others, []);
  t.is(group?.views, 2);
  t.deepEqual(group?.transforms.slice(0, -1), [
    {
      transform: "random_resized_crop",
      size: [224, 224],
      scale: [0.2, 1],
      ratio: [3 / 4, 4 / 3],
      interpolation: "bilinear",
    },
    { transform: "color_jitter", brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 },
    { transform: "random_grayscale", p: 0.2 },
    { transform: "gaussian_blur", kernel_size: 23, sigma: [0.1, 2], p: 0.5 },
    { transform: "random_horizontal_flip", p: 0.5 },
  ]);
  const small = getPolicy("moco", { imageSize: 64 }).groups[0]?.transforms ?? [];
  t.is(find(small, "gaussian_blur"), undefined);
  t.is(small.length, 5);
});

test("dino has two global views and eight local ones of 96 pixels at 224", (t) => {
  const { groups } = getPolicy("dino", { imageSize: 224 });
  t.deepEqual(
    groups.map(({ name, views, size }) => [name, views, ...size]),
    [
      ["global1", 1, 224, 224],
      ["global2", 1, 224, 224],
      ["local", 8, 96, 96],
    ],
  );
  t.is(find(groups[0]?.transforms ?? [], "random_solarize"), undefined);
  t.like(find(groups[1]?.transforms ?? [], "random_solarize"), { p: 0.2 });
});

test("the normalisation is ImageNet's unless another is given", (t) => {
  const normalizeOf = (options: Parameters<typeof getPolicy>[1]) =>
    getPolicy("eval", options).groups[0]?.transforms.at(-1);
  t.deepEqual(normalizeOf({ imageSize: 32 }), {
    transform: "normalize",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  });
  t.like(normalizeOf({ imageSize: 32, mean: [0.5, 0.4, 0.3], std: [1, 2, 3] }), {
    mean: [0.5, 0.4, 0.3],
    std: [1, 2, 3],
  });
});

test("unknown names and options out of range are refused", (t) => {
  refuses(t, () => getPolicy("simclr2", { imageSize: 32 }), "Expected one of simclr, moco");
  refuses(t, () => getPolicy("simclr", { imageSize: 7 }), "[8, 4096]");
  refuses(t, () => getPolicy("simclr", { imageSize: 32.5 }), "[8, 4096]");
  refuses(t, () => getPolicy("simclr", { imageSize: 32, std: [1, 0, 1] }), "three numbers > 0");
  refuses(t, () => getPolicy("simclr", { imageSize: 32, mean: [1, Number.NaN, 1] }), "three finite numbers");
});
