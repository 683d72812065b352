/** Who decodes JPEG files for a GPU. */
export type Decoder = "auto" | "sharp" | "nvjpeg";

/** Where views are made and how the images get there. */
export interface ViewSettings {
  /**
   * "auto": on the device when the torch engine computes on a GPU, else in host memory by the native core. "device" does
   * the same on a CPU, through the torch engine, with the same bits.
   */
  viewsOn?: "auto" | "host" | "device" | undefined;
  /** "auto" is sharp, until nvJPEG has been run on a GPU. */
  decode?: Decoder | undefined;
  /** nvJPEG's library; the system's when left out. */
  nvjpeg?: string | undefined;
  /** Takes a sentence that the user should read. */
  onNote?: ((text: string) => void) | undefined;
}
