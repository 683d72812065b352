import type { SettingTable, ValuesOf } from "../settings/setting.js";
import type { Kit } from "./kit.js";
import type { ImageShape, Network } from "./types.js";

/** An encoder architecture: one file, and one line in registry.ts. */
export interface Architecture<S extends SettingTable = SettingTable> {
  readonly name: string;
  readonly summary: string;
  /** Settings that it reads: they become flags, help, config.json and the checkpoint's identity. Families share the object. */
  readonly settings: S;
  /** Smallest image side, pixels. */
  readonly minimumImageSize: number;
  /**
   * The network for images of one size; buildNetwork checks that they are not too small.
   *
   * @param kit what it computes with
   * @throws SslMemError USAGE for a size or settings that it cannot be built for
   */
  network(image: ImageShape, settings: ValuesOf<S>, kit: Kit): Network;
}

/** Declares an architecture; exists so that its settings' types are inferred. */
export function architecture<const S extends SettingTable>(definition: Architecture<S>): Architecture<S> {
  return definition;
}
