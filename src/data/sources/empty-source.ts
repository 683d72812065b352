import { SslMemError } from "../../errors.js";

/**
 * The error for data without a single image, whatever kind they are of.
 *
 * @param why what is there instead, as a phrase; "" where there is nothing to say
 */
export const emptySource = (
  spec: string,
  why = "",
  hint = "sslmem list sources shows what is read",
): SslMemError =>
  new SslMemError("DATA", `Expected images in ${spec} but found none${why === "" ? "" : `: ${why}`}.`, hint);

/** What mends a file that should have images in it. */
export const AGAIN = "copy or download the file again";
