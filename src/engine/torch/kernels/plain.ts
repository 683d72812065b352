import { registerPlain } from "./register.js";

const unary = (names: string) => Object.fromEntries(names.split(" ").map((name) => [name, ["x"]]));
const binary = (names: string) => Object.fromEntries(names.split(" ").map((name) => [name, ["a", "b"]]));

/** Kernels of TensorFlow.js that native/torch has under the same name, with their inputs in order. */
export function registerPlainKernels(): void {
  registerPlain({
    ...unary(
      "Abs Acos Acosh Asin Asinh Atan Atanh Ceil ComplexAbs Cos Cosh Erf Exp Expm1 Floor IsFinite IsInf IsNan Log Log1p",
    ),
    ...unary(
      "LogicalNot Neg Reciprocal Relu Relu6 Rsqrt Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh Round Elu Selu Softplus",
    ),
    ...unary("LeakyRelu Step ClipByValue ZerosLike OnesLike Tile PadV2 MirrorPad DepthToSpace Diag"),
    ...unary(
      "Sum Mean Max Min Prod All Any ArgMax ArgMin Cumsum Cumprod Transpose BatchToSpaceND SpaceToBatchND LRN",
    ),
    ...binary("Add Sub Multiply RealDiv FloorDiv Mod Pow Maximum Minimum SquaredDifference Atan2 BitwiseAnd"),
    ...binary(
      "Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor BatchMatMul",
    ),
    EluGrad: ["dy", "y"],
    Prelu: ["x", "alpha"],
    Select: ["condition", "t", "e"],
    Softmax: ["logits"],
    LogSoftmax: ["logits"],
    Complex: ["real", "imag"],
    Real: ["input"],
    Imag: ["input"],
    FFT: ["input"],
    IFFT: ["input"],
    FlipLeftRight: ["image"],
    FusedBatchNorm: ["x", "scale", "offset", "mean", "variance"],
    LRNGrad: ["x", "y", "dy"],
    GatherNd: ["params", "indices"],
    ScatterNd: ["indices", "updates"],
    TensorScatterUpdate: ["tensor", "indices", "updates"],
    SparseToDense: ["sparseIndices", "sparseValues", "defaultValue"],
    OneHot: ["indices"],
    Bincount: ["x", "weights"],
    DenseBincount: ["x", "weights"],
    UnsortedSegmentSum: ["x", "segmentIds"],
    Where: ["condition"],
    LowerBound: ["sortedSequence", "values"],
    UpperBound: ["sortedSequence", "values"],
    SearchSorted: ["sortedSequence", "values"],
  });
}
