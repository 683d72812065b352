// Specs of tfjs-core's suite that the torch engine does not pass, by name, with the reason. A spec that begins to pass, or a
// name that matches nothing, has no business here.

/** Specs that must at least pass: what does pass with libtorch 2.11.0 and tfjs 4.22.0. */
export const MINIMUM = 3976;

/** Kernels that the engine leaves out, since nothing of ours calls them, with the suites or specs that need them. */
const ABSENT_KERNELS = {
  CropAndResize: ["cropAndResize"],
  Dilation2D: ["dilation2d"],
  Multinomial: ["multinomial"],
  RaggedGather: ["raggedGather"],
  RaggedRange: ["raggedRange"],
  RaggedTensorToTensor: ["raggedTensorToTensor"],
  SparseFillEmptyRows: ["sparseFillEmptyRows"],
  SparseReshape: ["sparseReshape"],
  SparseSegmentMean: ["sparseSegmentMean"],
  SparseSegmentSum: ["sparseSegmentSum"],
  StaticRegexReplace: ["staticRegexReplace"],
  StringNGrams: ["stringNGrams"],
  StringSplit: ["stringSplit"],
  StringToHashBucketFast: ["stringToHashBucketFast"],
  Transform: ["image.transform"],
};

/** Kernels that tfjs-core names, no spec of its suite needs in Node, and the engine leaves out. */
const ABSENT_WITHOUT_SPECS = {
  BroadcastTo: "tfjs-core's broadcastTo is made of Tile",
  MatrixBandPart: "tfjs-core's bandPart is made of other kernels",
  Pool: "tfjs-core's pool is made of MaxPool and AvgPool",
  Draw: "for browsers",
  FromPixels: "for browsers",
  RotateWithOffset: "its specs are for browsers",
  Dilation2DBackpropFilter: "the gradient of Dilation2D, which is left out",
  Dilation2DBackpropInput: "the gradient of Dilation2D, which is left out",
};

/** Every kernel that the engine leaves out; the run fails when another one is missing, or one of these is there. */
export const ABSENT = [...Object.keys(ABSENT_KERNELS), ...Object.keys(ABSENT_WITHOUT_SPECS)];

/** Single specs by reason. */
const BY_REASON = {
  "ATen refuses a window larger than the volume": [
    "avgPool3d test-torch {} x=[1,1,1,1,1] f=[1,1,3] s=1 p=valid",
  ],
  "raised as ATen words it": ["avgPool test-torch {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit"],
  "strings are kept by the engine and not computed with; nothing of ours calls these": [
    "concat3d test-torch {} Accepts string tensor.",
    "einsum test-torch {} two arrows in equation throws error",
    "equal test-torch {} should support string comparison",
    "greaterEqual test-torch {} should support string comparison",
    "greater test-torch {} should support string comparison",
    "lessEqual test-torch {} should support string comparison",
    "less test-torch {} should support string comparison",
    "notEqual test-torch {} should support string comparison",
    "slice  test-torch {} accepts string test-torch {} slices 2x2x2 array into 2x1x1 no size.",
    "slice  test-torch {} accepts string test-torch {} slices 2x2x2 array into 1x2x2 with scalar begin no size.",
    "slice  test-torch {} accepts string test-torch {} slice encoded string.",
    "sparseToDense test-torch {} should work for string",
    "stack test-torch {} accepts string.",
    "tile test-torch {} 1d string tensor",
    "tile test-torch {} 2d string tensor",
    "tile test-torch {} 6D string tensor",
    "unique test-torch {} 1d tensor with string",
    "unique test-torch {} 2d tensor with string",
    "unique test-torch {} 2d tensor with strings that have comma",
    "unique test-torch {} 3d tensor with string",
    "unstack test-torch {} accepts string",
  ],
  "a shape that oneDNN refuses": [
    "conv2dTranspose test-torch {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4",
  ],
  "ATen's einsum can do more than the suite expects to be refused, and words its refusals its own way": [
    "einsum test-torch {} 2d matrix calculate trace: duplicate axes not implemented yet",
    "einsum test-torch {} mismatched dimensions throws error",
    "einsum test-torch {} incorrect equation throws error",
    "einsum test-torch {} incorrect number of tensors throws error",
    "einsum test-torch {} more than two input tensors throws error",
    "einsum test-torch {} nonexistent dimension throws error",
  ],
  "ATen's maximum lets NaN through instead of passing over it, as its other kernels do: a diverged network stays visible":
    [
      "maxPool3d test-torch {} x=[1,3,3,3,1] f=[2,2,2] s=1 p=valid, ignores NaNs",
      "maxPool test-torch {} [x=[3,3,1] f=[2,2] s=1 ignores NaNs",
      "maxPoolWithArgmax test-torch {} [x=[1,3,3,1] f=[2,2] s=1 ignores NaNs",
    ],
  "windows that lie in the padding alone, and the suite's own average gradient, which counts border pixels that its forward pass leaves out":
    [
      "pool test-torch {} max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
      "pool test-torch {} avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
    ],
  "ATen takes two NaN for different values": ["unique test-torch {} 1d tensor with NaN and Infinity"],
};

/** [name of a spec or suite, whether it is a suite, reason] */
export const EXCLUSIONS = [
  ...Object.entries(ABSENT_KERNELS).flatMap(([kernel, suites]) =>
    suites.map((suite) => [suite, true, `no kernel ${kernel}`]),
  ),
  ...Object.entries(BY_REASON).flatMap(([reason, names]) => names.map((name) => [name, false, reason])),
];
