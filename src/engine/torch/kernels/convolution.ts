import * as tf from "../../tf.js";
import { type Attributes, register } from "./register.js";

const { backend_util } = tf;

interface Geometry {
  strides: number[];
  dilations: number[];
  /** [before, after] of each spatial axis. */
  pads: number[];
  channelsFirst: boolean;
  depthwise: boolean;
}

/** What native/torch/convolution.cpp needs of a flat convolution. */
function flat(
  inputShape: number[],
  filterShape: number[],
  { strides, dilations, pad, dimRoundingMode, dataFormat }: Attributes,
  depthwise: boolean,
): Geometry {
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat ?? "NHWC"),
  );
  return {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: fitted(
      [info.padInfo.top, info.padInfo.bottom, info.padInfo.left, info.padInfo.right],
      [info.inHeight, info.inWidth],
      [info.outHeight, info.outWidth],
      [info.strideHeight, info.strideWidth],
      [info.effectiveFilterHeight, info.effectiveFilterWidth],
    ),
    channelsFirst: info.dataFormat === "channelsFirst",
    depthwise,
  };
}

/** Padding after an axis so that exactly the outputs that TensorFlow.js counts come out, whatever it rounded. */
function fitted(
  pads: number[],
  inputs: number[],
  outputs: number[],
  strides: number[],
  windows: number[],
): number[] {
  return inputs.flatMap((input, axis) => {
    const [before, after] = [pads[2 * axis] as number, pads[2 * axis + 1] as number];
    const wanted = ((outputs[axis] as number) - 1) * (strides[axis] as number) + (windows[axis] as number);
    const spare = input + before + after - wanted;
    // A rest shorter than a stride is left out by the convolution itself.
    return spare >= 0 && spare < (strides[axis] as number) ? [before, after] : [before, after - spare];
  });
}

function solid(
  inputShape: number[],
  filterShape: number[],
  { strides, dilations, pad }: Attributes,
): Geometry {
  const info = backend_util.computeConv3DInfo(
    inputShape as [number, number, number, number, number],
    filterShape as [number, number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
  );
  const { front, back, top, bottom, left, right } = info.padInfo;
  return {
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    pads: [front, back, top, bottom, left, right],
    channelsFirst: false,
    depthwise: false,
  };
}

/** Convolutions of two and three spatial axes with their gradients, on native/torch's three kernels. */
export function registerConvolutionKernels(): void {
  for (const [name, depthwise] of [
    ["Conv2D", false],
    ["DepthwiseConv2dNative", true],
    ["FusedConv2D", false],
    ["FusedDepthwiseConv2D", true],
  ] as const) {
    register(name, ({ x, filter, bias, preluActivationWeights }, attributes, backend) => {
      const [image, weights] = [x as tf.TensorInfo, filter as tf.TensorInfo];
      const { activation, leakyreluAlpha } = attributes;
      return backend.one("Convolution", [image, weights, bias ?? null, preluActivationWeights ?? null], {
        ...flat(image.shape, weights.shape, attributes, depthwise),
        ...(activation && { activation }),
        ...(leakyreluAlpha !== undefined && { leakyreluAlpha }),
      });
    });
  }
  register("SslMemConvolution", ({ x, filter, bias, residual }, attributes, backend) => {
    const [image, weights] = [x as tf.TensorInfo, filter as tf.TensorInfo];
    return backend.one("SslMemConvolution", [image, weights, bias as tf.TensorInfo, residual ?? null], {
      ...flat(image.shape, weights.shape, { ...attributes, dilations: 1, dataFormat: "NHWC" }, false),
      activate: attributes.activate,
    });
  });
  for (const [name, depthwise] of [
    ["Conv2DBackprop", false],
    ["DepthwiseConv2dNativeBackprop", true],
  ] as const) {
    register(`${name}Input`, ({ dy, filter }, attributes, backend) => {
      const [top, weights] = [dy as tf.TensorInfo, filter as tf.TensorInfo];
      const shape = attributes.inputShape as number[];
      const geometry = flat(shape, weights.shape, attributes, depthwise);
      return backend.one("ConvolutionInputGradient", [top, weights], { ...geometry, shape });
    });
    register(`${name}Filter`, ({ x, dy }, attributes, backend) => {
      const [image, top] = [x as tf.TensorInfo, dy as tf.TensorInfo];
      const shape = attributes.filterShape as number[];
      const geometry = flat(image.shape, shape, attributes, depthwise);
      return backend.one("ConvolutionFilterGradient", [image, top], { ...geometry, shape });
    });
  }
  register("Conv3D", ({ x, filter }, attributes, backend) => {
    const [image, weights] = [x as tf.TensorInfo, filter as tf.TensorInfo];
    return backend.one("Convolution", [image, weights], { ...solid(image.shape, weights.shape, attributes) });
  });
  register("Conv3DBackpropInputV2", ({ dy, filter }, attributes, backend) => {
    const weights = filter as tf.TensorInfo;
    const shape = attributes.inputShape as number[];
    const geometry = solid(shape, weights.shape, attributes);
    return backend.one("ConvolutionInputGradient", [dy as tf.TensorInfo, weights], { ...geometry, shape });
  });
  register("Conv3DBackpropFilterV2", ({ x, dy }, attributes, backend) => {
    const image = x as tf.TensorInfo;
    const shape = attributes.filterShape as number[];
    const geometry = solid(image.shape, shape, attributes);
    return backend.one("ConvolutionFilterGradient", [image, dy as tf.TensorInfo], { ...geometry, shape });
  });
}

function window2(
  shape: number[],
  { filterSize, strides, pad, dimRoundingMode, dilations }: Attributes,
): Attributes {
  const info = backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
  const size = [info.filterHeight, info.filterWidth];
  const step = [info.strideHeight, info.strideWidth];
  return {
    size,
    strides: step,
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: covering(
      [info.padInfo.top, info.padInfo.left],
      [info.inHeight, info.inWidth],
      [info.outHeight, info.outWidth],
      step,
      [info.effectiveFilterHeight, info.effectiveFilterWidth],
    ),
  };
}

function window3(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Attributes): Attributes {
  const info = backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
    "NDHWC",
  );
  const size = [info.filterDepth, info.filterHeight, info.filterWidth];
  const step = [info.strideDepth, info.strideHeight, info.strideWidth];
  return {
    size,
    strides: step,
    dilations: [1, 1, 1],
    pads: covering(
      [info.padInfo.front, info.padInfo.top, info.padInfo.left],
      [info.inDepth, info.inHeight, info.inWidth],
      [info.outDepth, info.outHeight, info.outWidth],
      step,
      size,
    ),
  };
}

/** [before, after] padding (or, negative, cutting) of each axis so that the windows cover it exactly. */
function covering(
  before: number[],
  inputs: number[],
  outputs: number[],
  strides: number[],
  windows: number[],
): number[] {
  return inputs.flatMap((input, axis) => {
    const wanted = ((outputs[axis] as number) - 1) * (strides[axis] as number) + (windows[axis] as number);
    return [before[axis] as number, wanted - input - (before[axis] as number)];
  });
}

/** Pooling of two and three spatial axes with its gradients. */
export function registerPoolingKernels(): void {
  for (const [axes, windowOf] of [
    ["", window2],
    ["3D", window3],
  ] as const) {
    for (const [kind, native] of [
      ["Max", "MaxPooling"],
      ["Avg", "AveragePooling"],
    ] as const) {
      register(`${kind}Pool${axes}`, ({ x }, attributes, backend) =>
        backend.one(native, [x as tf.TensorInfo], windowOf((x as tf.TensorInfo).shape, attributes)),
      );
      register(`${kind}Pool${axes}Grad`, ({ dy, input }, attributes, backend) => {
        const [top, image] = [dy as tf.TensorInfo, input as tf.TensorInfo];
        return backend.one(`${native}Gradient`, [top, image], windowOf(image.shape, attributes));
      });
    }
  }
  register("MaxPoolWithArgmax", ({ x }, attributes, backend) => {
    const image = x as tf.TensorInfo;
    const { includeBatchInIndex } = attributes;
    return backend.run("MaxPoolingWithPlaces", [image], {
      ...window2(image.shape, attributes),
      includeBatchInIndex,
    });
  });
}

/** Resizing with its gradients. */
export function registerResizeKernels(): void {
  for (const [name, nearest] of [
    ["ResizeBilinear", false],
    ["ResizeNearestNeighbor", true],
  ] as const) {
    register(name, ({ images }, attributes, backend) =>
      backend.one("Resize", [images as tf.TensorInfo], { ...attributes, nearest }),
    );
    register(`${name}Grad`, ({ images, dy }, attributes, backend) =>
      backend.one("ResizeGradient", [images as tf.TensorInfo, dy as tf.TensorInfo], {
        ...attributes,
        nearest,
      }),
    );
  }
}
