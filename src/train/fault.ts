import { SslMemError } from "../errors.js";

/** Where a training has lost its numbers. */
export interface Fault {
  /** The step, from 1, whose loss is not finite, or after whose update some array is not. */
  readonly step: number;
  /** The loss; null where it is finite and arrays are not. */
  readonly loss: number | null;
}

const where = ({ step, loss }: Fault, role: string): string =>
  loss === null
    ? `Expected finite weights but some are not after the update at step ${step} of ${role}`
    : `Expected a finite loss but it is ${loss} at step ${step} of ${role}`;

/** The error that ends a training, whose state before the step has been saved. */
export const divergence = (fault: Fault, role: string): SslMemError =>
  new SslMemError("NUMERIC", `${where(fault, role)}; the state before it is saved.`, hintFor(fault));

/** Before the first update no rate has done anything: what is wrong then is in the loss, or in how it is computed. */
const hintFor = ({ step, loss }: Fault): string =>
  step === 1 && loss !== null
    ? "no update has been made yet, so that it is not the learning rate: --precision fp32 if it was bf16, else another --method or other settings of it (sslmem train --help), and --force"
    : "--learning-rate with a smaller value, and --force";

const found = ({ step, loss }: Fault, role: string): string =>
  loss === null
    ? `Some weights of ${role} are not finite after step ${step}`
    : `The loss of ${role} is ${loss} at step ${step}`;

/** What is said when steps are done again. @param saved step of the last checkpoint; null: there is none */
export const goingBack = (fault: Fault, role: string, saved: number | null): string =>
  `${found(fault, role)}: going on from ${saved === null ? "the beginning" : `step ${saved}`}, one step at a time, to find the last good state.`;

/** The error of a training that is interrupted before the last good state is found. */
export const interruptedAt = (
  fault: Fault,
  role: string,
  saved: number | null,
  cause: unknown,
): SslMemError =>
  new SslMemError(
    "INTERRUPTED",
    `${found(fault, role)}, and training was interrupted; ${saved === null ? "no checkpoint is saved" : `the checkpoint of step ${saved} is kept`}.`,
    "Run the same command again: it finds the last good state.",
    { cause },
  );
