// Specs of tfjs-core's suite that tfjs-node's kernels do not pass, by name, with the reason. Nothing that our code uses is
// among them. A spec that begins to pass, or a name that matches nothing, has no business here.

/** Specs that must at least pass: what does pass with TensorFlow 2.21.0 and tfjs 4.22.0. */
export const MINIMUM = 3952;

/** Suites of kernels that tfjs-node does not have ("Kernel … not registered"); nothing of ours calls them. */
const ABSENT_KERNELS = [
  "bitwiseAnd",
  "denseBincount",
  "image.transform",
  "lowerBound",
  "maxPoolWithArgmax",
  "raggedGather",
  "raggedRange",
  "raggedTensorToTensor",
  "searchSorted",
  "sparseFillEmptyRows",
  "sparseReshape",
  "sparseSegmentMean",
  "sparseSegmentSum",
  "stringNGrams",
  "stringSplit",
  "stringToHashBucketFast",
  "upperBound",
];

/** Single specs by reason. */
const BY_REASON = {
  "tfjs-node's kernels take no padding but valid and same for pooling and transposed convolution": [
    "avgPool3d test-tensorflow {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor",
    "avgPool3d test-tensorflow {} x=[1,1,1,1,1] f=[2,2,2] s=1 p=2",
    "avgPool test-tensorflow {} x=[3,3,1] f=[3,3] s=1 p=explicit",
    "avgPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 default dimRoundingMode",
    "avgPool test-tensorflow {} x=[2,2,3] f=[1,1] s=2 p=1 dimRoundingMode=floor",
    "avgPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=floor",
    "avgPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=round",
    "avgPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=ceil",
    "avgPool test-tensorflow {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit",
    "conv2dTranspose test-tensorflow {} input=3x3x1,d2=1,f=2,s=2,p=explicit",
    "conv2dTranspose test-tensorflow {} gradient input=[1,3,3,1] f=[2,2,2,1] s=[1,1] p=explicit",
    "maxPool3d test-tensorflow {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor",
    "maxPool test-tensorflow {} x=[3,3,1] f=[3,3] s=1 p=explicit",
    "maxPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 default dimRoundingMode",
    "maxPool test-tensorflow {} x=[2,2,3] f=[1,1] s=2 p=1 dimRoundingMode=floor",
    "maxPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=floor",
    "maxPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=round",
    "maxPool test-tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=ceil",
    "maxPoolBackprop test-tensorflow {} gradient x=[3,3,1] f=3 s=1 p=explicit",
    "pool test-tensorflow {} max x=[3,3,1] f=[3,3] s=1 d=1 p=explicit",
    "pool test-tensorflow {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit defualt dimRoundingMode",
    "pool test-tensorflow {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=floor",
    "pool test-tensorflow {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=round",
    "pool test-tensorflow {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=ceil",
    "pool test-tensorflow {} max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
    "pool test-tensorflow {} avg x=[3,3,1] f=[3,3] s=1 d=1 p=explicit",
    "pool test-tensorflow {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit defualt dimRoundingMode",
    "pool test-tensorflow {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=floor",
    "pool test-tensorflow {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=round",
    "pool test-tensorflow {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=ceil",
    "pool test-tensorflow {} avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
  ],
  "TensorFlow refuses a window larger than the volume": [
    "avgPool3d test-tensorflow {} x=[1,1,1,1,1] f=[1,1,3] s=1 p=valid",
  ],
  "a shape that TensorFlow refuses": [
    "conv2dTranspose test-tensorflow {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4",
  ],
  "no such TensorFlow kernel for bool": ["diag test-tensorflow {} bool"],
  "TensorFlow can do what the suite expects to be refused": [
    "einsum test-tensorflow {} 2d matrix calculate trace: duplicate axes not implemented yet",
    "einsum test-tensorflow {} nonexistent dimension throws error",
  ],
  "tfjs-node's fused convolution is NHWC only, as all of our code": [
    "fused conv2d test-tensorflow {} basic in NCHW",
    "fused conv2d test-tensorflow {} basic in NCHW with scalar bias",
    "fused conv2d test-tensorflow {} basic in NCHW with 1-D bias",
    "fused conv2d test-tensorflow {} basic in NCHW with bias and multiple batches",
    "fused conv2d test-tensorflow {} basic in NCHW with scalar PReLU actiavation",
    "fused conv2d test-tensorflow {} basic in NCHW with 1-D PReLU actiavation",
    "fused conv2d test-tensorflow {} basic in NCHW with 3-D PReLU actiavation",
    "fused conv2d test-tensorflow {} basic in NCHW with full 3-D PReLU actiavation",
    "fused conv2d test-tensorflow {} im2row in NCHW",
    "fused conv2d test-tensorflow {} im2row in NCHW with scalar bias",
    "fused conv2d test-tensorflow {} im2row in NCHW with 1-D bias",
    "fused conv2d test-tensorflow {} im2row in NCHW with scalar PReLU actiavation weights",
    "fused conv2d test-tensorflow {} im2row in NCHW with 1-D PReLU actiavation weights",
    "fused conv2d test-tensorflow {} im2row in NCHW with 3-D PReLU actiavation weights",
    "fused conv2d test-tensorflow {} im2row in NCHW with full 3-D PReLU actiavation weights",
    "fused conv2d test-tensorflow {} batch in NCHW",
    "fused conv2d test-tensorflow {} batch in NCHW with scalar bias",
    "fused conv2d test-tensorflow {} batch in NCHW with 1-D bias",
    "fused conv2d test-tensorflow {} batch in NCHW with scalar PReLU actiavation weights",
    "fused conv2d test-tensorflow {} batch in NCHW with 1-D PReLU actiavation weights",
    "fused conv2d test-tensorflow {} batch in NCHW with 3-D PReLU actiavation weights",
    "fused conv2d test-tensorflow {} batch in NCHW with full 3-D PReLU actiavation weights",
  ],
  "no such TensorFlow kernel for strings": [
    "greaterEqual test-tensorflow {} should support string comparison",
    "greater test-tensorflow {} should support string comparison",
    "lessEqual test-tensorflow {} should support string comparison",
    "less test-tensorflow {} should support string comparison",
  ],
  "no such TensorFlow kernel for int32": [
    "leakyrelu test-tensorflow {} int32",
    "step kernel test-tensorflow {} with int32 tensor",
  ],
  "tfjs-node's random numbers cannot be seeded; ours are Philox": [
    "multinomial test-tensorflow {} creates the same data given the same seed",
  ],
  "tfjs-node calls TensorFlow's Round with its int32 in float; int32 is not rounded by our code": [
    "round test-tensorflow {} int32",
  ],
  "TensorFlow refuses shapes that tfjs allows": [
    "scatterND test-tensorflow {} should work for 2d",
    "scatterND test-tensorflow {} should work for simple 1d",
    "scatterND test-tensorflow {} should work for multiple 1d",
    "scatterND test-tensorflow {} should sum the duplicated indices",
    "scatterND test-tensorflow {} should work for tensorLike input",
  ],
  "TensorFlow keeps NaN, tfjs' own backends give 0": [
    "sign test-tensorflow {} basic",
    "sign test-tensorflow {} does not propagate NaNs",
    "sign test-tensorflow {} accepts a tensor-like object",
  ],
  "last bit of a float32 beyond its precision": ["tan test-tensorflow {} numbers exceed float32 precision"],
  "TensorFlow takes two NaN for different values": [
    "unique test-tensorflow {} 1d tensor with NaN and Infinity",
  ],
};

/** [name of a spec or suite, whether it is a suite, reason] */
export const EXCLUSIONS = [
  ...ABSENT_KERNELS.map((suite) => [suite, true, "tfjs-node has no such kernel"]),
  ...Object.entries(BY_REASON).flatMap(([reason, names]) => names.map((name) => [name, false, reason])),
];
