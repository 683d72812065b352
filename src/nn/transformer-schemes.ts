import { constant, glorotUniform, type Initial, normal, uniformByInputs } from "./initial.js";
import type { TransformerInitial } from "./transformer-initials.js";

/** Initial values of a transformer's arrays; biases of its matrices are 0, its layer normalisations 1 and 0. */
interface Scheme {
  /** A matrix [inputs, outputs]. @param depth number of the block, from 1, that a matrix before a residual sum is in */
  matrix(inputs: number, outputs: number, depth?: number): Initial;
  /** The matrix of the patches, and its bias. */
  patch(inputs: number, outputs: number): { weight: Initial; bias: Initial };
  readonly classToken: Initial;
  /** Learned position embeddings. */
  readonly positions: Initial;
}

/** Standard deviation of matrices in timm, DINO and I-JEPA, which cut the normal distribution off at ±2: at a hundred of it. */
const DEVIATION = 0.02;
const asTorch = (inputs: number) => ({ weight: uniformByInputs(inputs), bias: uniformByInputs(inputs) });
const zeros = constant(0);

/**
 * The schemes by name. timm (timm/models/vision_transformer.py): normal matrices, the patches' as torch.nn.Conv2d, a class token
 * of nearly zeros. dino: the same with a class token like the rest. mae: Glorot's uniform matrices (qkv as one), the patches' too
 * but for their bias. ijepa: as dino, the patches' normal with a bias of zeros, and matrices before the residual sums of block l
 * divided by √(2l).
 */
export const SCHEMES: Readonly<Record<TransformerInitial, Scheme>> = {
  timm: {
    matrix: () => normal(DEVIATION),
    patch: asTorch,
    classToken: normal(1e-6),
    positions: normal(DEVIATION),
  },
  dino: {
    matrix: () => normal(DEVIATION),
    patch: asTorch,
    classToken: normal(DEVIATION),
    positions: normal(DEVIATION),
  },
  mae: {
    matrix: glorotUniform,
    patch: (inputs, outputs) => ({ weight: glorotUniform(inputs, outputs), bias: uniformByInputs(inputs) }),
    classToken: normal(DEVIATION),
    positions: normal(DEVIATION),
  },
  ijepa: {
    matrix: (_inputs, _outputs, depth) =>
      normal(DEVIATION / (depth === undefined ? 1 : Math.sqrt(2 * depth))),
    patch: () => ({ weight: normal(DEVIATION), bias: zeros }),
    classToken: normal(DEVIATION),
    positions: normal(DEVIATION),
  },
};
