import * as tf from "../../tf.js";
import { type Attributes, type Inputs, register } from "./register.js";

/** Inputs of kernels that take a list. */
const listOf = (inputs: Inputs): tf.TensorInfo[] => Object.values(inputs);

/** Kernels that make, reshape, cut and join tensors, whose attributes TensorFlow.js leaves open. */
export function registerStructureKernels(): void {
  register("Identity", ({ x }, _, backend) => backend.alias(x as tf.TensorInfo, (x as tf.TensorInfo).shape));
  register("Reshape", ({ x }, { shape }, backend) => {
    const from = x as tf.TensorInfo;
    return backend.alias(from, tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(from.shape)));
  });
  register("ExpandDims", ({ input }, { dim }, backend) => {
    const shape = (input as tf.TensorInfo).shape.slice();
    tf.util.assert(
      dim >= -shape.length - 1,
      () => `Axis must be in [${-shape.length - 1}, ${shape.length}] but is ${dim}`,
    );
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
    return backend.alias(input as tf.TensorInfo, shape);
  });
  register("Cast", ({ x }, { dtype }, backend) => {
    const from = x as tf.TensorInfo;
    if (from.dtype === dtype) return backend.alias(from, from.shape);
    return backend.one("Cast", [from], { dtype });
  });
  register("Fill", (_, { shape, value, dtype }, backend) => {
    if (typeof value === "string") {
      const strings = new Array(tf.util.sizeFromShape(shape)).fill(
        tf.util.encodeString(value),
      ) as Uint8Array[];
      return { dataId: backend.write(strings, shape, "string"), shape, dtype: "string" };
    }
    return backend.one("Fill", [], {
      shape,
      value,
      dtype: dtype ?? tf.util.inferDtype(value),
      device: backend.device,
    });
  });
  register("Range", (_, { start, stop, step, dtype }, backend) => {
    const by = stop < start && step === 1 ? -1 : step; // as TensorFlow.js: the default step goes either way
    const count =
      start === stop || (start < stop && by < 0) || (stop < start && by > 1)
        ? 0
        : Math.abs(Math.ceil((stop - start) / by));
    const values = dtype === "int32" ? new Int32Array(count) : new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = start + i * by;
    return { dataId: backend.write(values, [count], dtype), shape: [count], dtype };
  });
  register("LinSpace", (_, { start, stop, num }, backend) => {
    const values = Float32Array.from(
      { length: num },
      (_unused, i) => start + (i * (stop - start)) / Math.max(1, num - 1),
    );
    return { dataId: backend.write(values, [num], "float32"), shape: [num], dtype: "float32" };
  });
  register("AddN", (inputs, _, backend) => backend.one("AddN", listOf(inputs)));
  register("Einsum", (inputs, { equation }, backend) => backend.one("Einsum", listOf(inputs), { equation }));
  register("Pack", (inputs, { axis }, backend) => {
    const list = listOf(inputs);
    const [first] = list as [tf.TensorInfo];
    for (const { dtype, shape } of list) {
      tf.util.assertShapesMatch(first.shape, shape, "All tensors passed to stack must have matching shapes");
      tf.util.assert(dtype === first.dtype, () => "All tensors passed to stack must have matching dtypes");
    }
    return backend.one("Pack", list, { axis });
  });
  register("Concat", (inputs, { axis }, backend) => {
    const list = listOf(inputs);
    const along = tf.util.parseAxisParam(axis, (list[0] as tf.TensorInfo).shape)[0] as number;
    tf.backend_util.assertParamsConsistent(
      list.map((part) => part.shape),
      along,
    );
    return backend.one("Concat", list, { axis: along });
  });
  register("Unpack", ({ value }, { axis }, backend) =>
    backend.run("Unpack", [value as tf.TensorInfo], { axis }),
  );
  register("SplitV", ({ x }, { numOrSizeSplits, axis }, backend) => {
    const from = x as tf.TensorInfo;
    const along = tf.util.parseAxisParam(axis, from.shape)[0] as number;
    const sizes = tf.backend_util.prepareSplitSize(from as tf.Tensor, numOrSizeSplits, along);
    return backend.run("SplitV", [from], { sizes, axis: along });
  });
  register("Slice", ({ x }, { begin, size }, backend) => {
    const [from, counts] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [
      number[],
      number[],
    ];
    tf.slice_util.assertParamsValid(x as tf.Tensor, from, counts);
    return backend.one("Slice", [x as tf.TensorInfo], { begin: from, size: counts });
  });
  register("StridedSlice", ({ x }, attributes, backend) =>
    stridedSlice(x as tf.TensorInfo, attributes, backend.one.bind(backend)),
  );
  register("BroadcastArgs", ({ s0, s1 }, _, backend) => {
    const read = (x: tf.TensorInfo) => Array.from(backend.readSync(x.dataId) as Int32Array);
    const shape = tf.backend_util.assertAndGetBroadcastShape(
      read(s0 as tf.TensorInfo),
      read(s1 as tf.TensorInfo),
    );
    return {
      dataId: backend.write(Int32Array.from(shape), [shape.length], "int32"),
      shape: [shape.length],
      dtype: "int32",
    };
  });
  register("Reverse", ({ x }, { dims }, backend) =>
    backend.one("Reverse", [x as tf.TensorInfo], {
      dims: tf.util.parseAxisParam(dims, (x as tf.TensorInfo).shape),
    }),
  );
  register("GatherV2", ({ x, indices }, { axis, batchDims }, backend) => {
    const along = tf.util.parseAxisParam(axis, (x as tf.TensorInfo).shape)[0] as number;
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(
      x as tf.Tensor,
      indices as tf.Tensor,
      along,
      batchDims,
    );
    return backend.one("GatherV2", [x as tf.TensorInfo, indices as tf.TensorInfo], {
      axis: along,
      batchDims: Math.max(0, batchDims < 0 ? batchDims + (indices as tf.TensorInfo).shape.length : batchDims),
      shape: info.outputShape,
    });
  });
  register("TopK", ({ x }, { k }, backend) => backend.run("TopK", [x as tf.TensorInfo], { k }));
  register("Unique", ({ x }, { axis }, backend) => backend.run("Unique", [x as tf.TensorInfo], { axis }));
  register("_FusedMatMul", ({ a, b, bias, preluActivationWeights }, attributes, backend) =>
    backend.one(
      "_FusedMatMul",
      [a as tf.TensorInfo, b as tf.TensorInfo, bias ?? null, preluActivationWeights ?? null],
      attributes,
    ),
  );
  for (const version of ["V3", "V4", "V5"] as const) {
    register(`NonMaxSuppression${version}`, ({ boxes, scores }, attributes, backend) => {
      const read = (x: tf.TensorInfo) => backend.readSync(x.dataId) as Float32Array;
      const make = (values: Int32Array | Float32Array, dtype: "int32" | "float32") => {
        const shape = [values.length];
        return { dataId: backend.write(values, shape, dtype), shape, dtype };
      };
      return suppressed(
        version,
        read(boxes as tf.TensorInfo),
        read(scores as tf.TensorInfo),
        attributes,
        make,
      );
    });
  }
}

function stridedSlice(
  x: tf.TensorInfo,
  a: Attributes,
  one: (name: string, inputs: tf.TensorInfo[], attributes: Attributes) => tf.TensorInfo,
): tf.TensorInfo {
  const { finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
    x.shape,
    ...([
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    ] as [number[], number[], number[], number, number, number, number, number]),
  );
  return one("StridedSlice", [x], { begin, end, strides, shape: finalShape });
}

function suppressed(
  version: "V3" | "V4" | "V5",
  boxes: Float32Array,
  scores: Float32Array,
  a: Attributes,
  make: (values: Int32Array | Float32Array, dtype: "int32" | "float32") => tf.TensorInfo,
): tf.TensorInfo | tf.TensorInfo[] {
  const { nonMaxSuppressionV3Impl, nonMaxSuppressionV4Impl, nonMaxSuppressionV5Impl } = tf.kernel_impls;
  if (version === "V3") {
    const { selectedIndices } = nonMaxSuppressionV3Impl(
      boxes,
      scores,
      a.maxOutputSize,
      a.iouThreshold,
      a.scoreThreshold,
    );
    return make(Int32Array.from(selectedIndices), "int32");
  }
  if (version === "V4") {
    const found = nonMaxSuppressionV4Impl(
      boxes,
      scores,
      a.maxOutputSize,
      a.iouThreshold,
      a.scoreThreshold,
      a.padToMaxOutputSize,
    );
    const valid = make(Int32Array.of(found.validOutputs as number), "int32");
    return [make(Int32Array.from(found.selectedIndices), "int32"), { ...valid, shape: [] }];
  }
  const found = nonMaxSuppressionV5Impl(
    boxes,
    scores,
    a.maxOutputSize,
    a.iouThreshold,
    a.scoreThreshold,
    a.softNmsSigma,
  );
  return [
    make(Int32Array.from(found.selectedIndices), "int32"),
    make(Float32Array.from(found.selectedScores as number[]), "float32"),
  ];
}
