import { SslMemError } from "../../../errors.js";
import { foreign } from "../../../text/foreign.js";
import { shellQuoted } from "../../../text/shell-quoted.js";
import { conversionOf, NO_IMAGE, UNREAD_IMAGE } from "../../image-names.js";
import { shortList } from "../../taken.js";
import { AGAIN, emptySource } from "../empty-source.js";
import type { LeftOutTally } from "../left-out.js";

/** The error for tar files in which no image was found: what they hold instead, and what makes it right. */
export function noTarImages(
  spec: string,
  archives: readonly string[],
  other: LeftOutTally,
  sampleImage: string | null,
): SslMemError {
  const folder = spec.replace(/\.tar$/i, "") + (spec.toLowerCase().endsWith(".tar") ? "" : "-unpacked");
  const file =
    archives.length === 1 && spec.endsWith(archives[0] as string)
      ? shellQuoted(spec)
      : `${shellQuoted(spec)}/*.tar`;
  const unpack = `mkdir -p ${shellQuoted(folder)} && ${file.endsWith("*.tar") ? `for t in ${file}; do tar xf "$t" -C ${shellQuoted(folder)}; done` : `tar xf ${file} -C ${shellQuoted(folder)}`}`;
  if (sampleImage !== null)
    return new SslMemError(
      "USAGE",
      `Expected images that end in .${sampleImage} in ${spec} but found none.`,
      `tar tf ${file.replace("/*.tar", `/${shellQuoted(archives[0] as string)}`)} | head shows the names`,
    );
  if (other.endingsOf(NO_IMAGE).includes(".tar"))
    return new SslMemError(
      "DATA",
      `Expected images in ${spec} but it holds tar files (${first(other)}), as ILSVRC2012_img_train.tar does.`,
      `${unpack} && cd ${shellQuoted(folder)} && for t in *.tar; do mkdir "\${t%.tar}" && tar xf "$t" -C "\${t%.tar}" && rm "$t"; done`,
    );
  const unread = other.endingsOf(UNREAD_IMAGE);
  if (unread.length > 0)
    return new SslMemError(
      "DATA",
      `Expected images that can be read in ${spec} but those there are of kinds that are not (${unread.join(", ")}).`,
      `${unpack} && ${conversionOf(folder, unread)}`,
    );
  const endings = other.endingsOf(NO_IMAGE);
  if (endings.length > 0)
    return new SslMemError(
      "DATA",
      `Expected images in ${spec} but it holds only other files (${shortList(endings)}), first ${first(other)}.`,
      `${unpack}, then give that folder if it is a data set of another kind (sslmem list sources)`,
    );
  return emptySource(spec, "the archive is empty", AGAIN);
}

const first = (other: LeftOutTally): string => foreign(other.list[0]?.first ?? "");
