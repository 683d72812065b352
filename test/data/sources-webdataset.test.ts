// WebDataset in tar files: keys, labels, samples of several images, sidecars that are missing or damaged.
import { join } from "node:path";
import test from "ava";
import { folderWith, idsOf, leftOutOf, listOf, type Member, PNG, tarOf } from "./inputs.js";

const archive = (members: readonly Member[]): string =>
  join(folderWith({ "a.tar": tarOf(members) }), "a.tar");
/** A sample of an image and a file beside it. */
const sample = (key: string, content: string, ending = "cls"): Member[] => [
  [`${key}.png`, PNG],
  [`${key}.${ending}`, content],
];
const list = (members: readonly Member[], sampleImage: string | null = null) =>
  listOf(archive(members), "auto", { sampleImage });
const labelsOf = ({ images }: Awaited<ReturnType<typeof listOf>>) => [...images].map(({ label }) => label);

test("labels are numbers or names, in the order of their values, however large", async (t) => {
  const cases: [values: string[], names: string[], labels: number[]][] = [
    [
      ["1", "0", "2"],
      ["0", "1", "2"],
      [1, 0, 2],
    ],
    [
      ["10", "9", "9\n"],
      ["9", "10"],
      [1, 0, 0],
    ],
    [
      ["15075141", "1440764"],
      ["1440764", "15075141"],
      [1, 0],
    ],
    [
      ["18014398509481985", "18014398509481984", "-1"],
      ["-1", "18014398509481984", "18014398509481985"],
      [2, 1, 0],
    ],
    [
      ["-18014398509481984", "-18014398509481985"],
      ["-18014398509481985", "-18014398509481984"],
      [1, 0],
    ],
    [
      ["1.0", "0.0"],
      ["0.0", "1.0"],
      [1, 0],
    ],
    [
      ["dog", "cat", "10"],
      ["10", "cat", "dog"],
      [2, 1, 0],
    ],
  ];
  for (const [values, names, labels] of cases) {
    const listing = await list(values.flatMap((value, i) => sample(`s${i}`, value)));
    t.deepEqual(listing.labelNames, names);
    t.deepEqual(labelsOf(listing), labels);
  }
});

test("the files beside an image may come before it, and far from it", async (t) => {
  const listing = await list([
    ["b.cls", "x"],
    ["a.cls", "y"],
    ["a.png", PNG],
    ["b.png", PNG],
  ]);
  t.deepEqual(
    [listing.labelNames, labelsOf(listing)],
    [
      ["x", "y"],
      [1, 0],
    ],
  );
});

test(".cls counts before .json; a .json without a label says nothing of one", async (t) => {
  const both = await list([
    ...sample("1", "a"),
    ["1.json", '{"label": "z"}'] as Member,
    ...sample("2", '\ufeff{"label": "b"}', "json"),
    ...sample("3", '{"caption": "a cat"}', "json"),
    ...sample("4", '{"label": 9007199254740993}', "json"),
  ]);
  t.deepEqual(both.labelNames, ["9007199254740993", "a", "b"]);
  t.deepEqual(labelsOf(both), [1, 2, null, 0]);
  t.deepEqual(both.taken.labels, { classes: 3, unlabelled: 1 });
});

test("missing and empty labels are none, and counted; without any it is said why", async (t) => {
  const listing = await list([...sample("1", "0"), ...sample("2", ""), ["3.png", PNG], ...sample("4", "1")]);
  t.deepEqual(labelsOf(listing), [0, null, null, 1]);
  t.deepEqual(listing.taken.labels, { classes: 2, unlabelled: 2 });
  const empty = await list([...sample("1", ""), ...sample("2", " \n")]);
  t.is(empty.labelNames, null);
  t.regex(empty.taken.noLabels as string, /no \.cls or \.json beside the images holds one/);
  const same = await list([...sample("1", "7"), ...sample("2", "7")]);
  t.regex(same.taken.noLabels as string, /the same, 7/);
  t.deepEqual(labelsOf(same), [null, null]);
});

test("labels that are no well-formed text stay apart, and NaN beside a label does not matter", async (t) => {
  const bytes = (values: Buffer[], ending: string) =>
    list(
      values.flatMap((value, i): Member[] => [
        [`s${i}.png`, PNG],
        [`s${i}.${ending}`, value],
      ]),
    );
  const latin1 = await bytes(
    [Buffer.from("bär", "latin1"), Buffer.from("bür", "latin1"), Buffer.from("bär")],
    "cls",
  );
  t.deepEqual(latin1.labelNames, ["b\\xe4r", "b\\xfcr", "bär"]);
  t.deepEqual(labelsOf(latin1), [0, 1, 2]);
  const json = (text: string) => Buffer.from(text);
  const alone = await bytes([json('{"label": "\\ud800"}'), json('{"label": "\\udfff"}')], "json");
  t.deepEqual(alone.labelNames, ["\\ud800", "\\udfff"]);
  const numbers = await bytes(
    [json('{"a": NaN, "label": 1}'), json('{"label": "NaN", "b": [-Infinity, "x\\"NaN"]}')],
    "json",
  );
  t.deepEqual(numbers.labelNames, ["1", "NaN"]);
});

test("damaged JSON is named where its label is needed", async (t) => {
  for (const [content, what] of [
    ['{"label": 1', /JSON in a\.tar\/1\.json but it is damaged/],
    ["null", /a JSON object in a\.tar\/1\.json but it is null/],
    ["[1]", /it is a list/],
    [`{"x": "${"y".repeat(1 << 17)}`, /JSON in a\.tar\/1\.json but it is damaged/],
  ] as const) {
    const error = await t.throwsAsync(list(sample("1", content, "json")));
    t.like(error, { code: "DATA" });
    t.regex(error.message, what);
  }
  const long = `{"x": "${"y".repeat(1 << 17)}", "label": 5}`;
  t.deepEqual((await list([...sample("1", long, "json"), ...sample("2", "6")])).labelNames, ["5", "6"]);
  const covered = await list([...sample("1", "0"), ["1.json", "{"], ...sample("2", "1")]);
  t.deepEqual(labelsOf(covered), [0, 1]);
  await t.throwsAsync(list(sample("1", "x".repeat(2000))), {
    message: /a label in a\.tar\/1\.cls but it holds 2000 bytes/,
  });
});

test("a key ends at the first dot of the file name; of several images the one with a single ending is taken", async (t) => {
  const members: Member[] = [
    ["v1.0/7.jpg", PNG],
    ["v1.0/7.seg.png", PNG],
    ["v1.0/7.cls", "0"],
    ["v1.0/8.jpg", PNG],
    ["v1.0/8.seg.png", PNG],
    ["v1.0/8.cls", "1"],
  ];
  const listing = await list(members);
  t.deepEqual(idsOf(listing), ["a.tar/v1.0/7.jpg", "a.tar/v1.0/8.jpg"]);
  t.deepEqual(leftOutOf(listing), ["other images of their samples (.seg.png): 2, a.tar/v1.0/7.seg.png"]);
  t.regex(listing.taken.notes.join(), /the one with a single ending is taken, not \.seg\.png/);
  const other = await list(members, "SEG.PNG");
  t.deepEqual(idsOf(other), ["a.tar/v1.0/7.seg.png", "a.tar/v1.0/8.seg.png"]);
  t.deepEqual(labelsOf(other), [0, 1]);
});

test("several images with single endings: --sample-image decides", async (t) => {
  const members: Member[] = [
    ["1.jpg", PNG],
    ["1.png", PNG],
    ["1.cls", "0"],
    ["2.jpg", PNG],
    ["2.cls", "1"],
  ];
  const error = await t.throwsAsync(list(members));
  t.like(error, { code: "USAGE" });
  t.regex(error.message, /one image in each sample of a\.tar but 1 has 2 \(jpg, png\)/);
  t.regex((error as { hint?: string }).hint ?? "", /--sample-image jpg/);
  t.deepEqual(idsOf(await list(members, "jpg")), ["a.tar/1.jpg", "a.tar/2.jpg"]);
  t.like(await t.throwsAsync(list(members, "webp")), { code: "USAGE" });
  t.like(await t.throwsAsync(list(members, "cls")), { code: "USAGE" });
});

test("names with dots of their own keep them", async (t) => {
  const named = await list([...sample("cat.0001", "0"), ...sample("cat.0002", "1"), ["cat.0003.png", PNG]]);
  t.deepEqual(labelsOf(named), [0, 1, null]);
  t.regex(named.taken.notes.join(), /up to the last dot/);
  const plain = await list([
    ["v1.0/a.1.png", PNG],
    ["v1.0/a.2.png", PNG],
    ["w/a.png", PNG],
    ["readme.txt", "x"],
  ]);
  t.is(plain.images.count, 3);
  t.deepEqual(plain.labelNames, ["v1.0", "w"]);
});

test("files that belong to no image are counted", async (t) => {
  const listing = await list([...sample("1", "0"), ...sample("2", "1"), ["3.cls", "-5"], ["3.txt", "x"]]);
  t.deepEqual(listing.labelNames, ["0", "1"]);
  t.deepEqual(labelsOf(listing), [0, 1]);
  t.deepEqual(leftOutOf(listing), ["labels and texts that belong to no image (.cls, .txt): 2, a.tar/3.cls"]);
});

test("the same keys in several archives are several samples", async (t) => {
  const root = folderWith({
    "0.tar": tarOf([...sample("1", "0"), ...sample("2", "2")]),
    "1.tar": tarOf([...sample("1", "1"), ["2.png", PNG]]),
  });
  t.deepEqual(labelsOf(await listOf(root)), [0, 2, 1, null]);
});

test("texts beside images in class folders leave the classes alone", async (t) => {
  const listing = await list([...sample("cat/1", "a cat", "txt"), ...sample("dog/1", "a dog", "txt")]);
  t.deepEqual(listing.labelNames, ["cat", "dog"]);
  t.deepEqual(leftOutOf(listing), []);
});
