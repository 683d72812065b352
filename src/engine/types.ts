export type EngineName = "tensorflow" | "torch";
export type Precision = "fp32" | "tf32" | "bf16";

export interface EngineRequest {
  /** Which engine; "auto" takes the fastest that is built and usable here. */
  engine?: EngineName | "auto";
  /** "cpu", "cuda:n" with n >= 0, "auto", or several GPUs with commas between them (scoring). */
  device?: string;
  /** Number format of activations; "auto" takes the engine's best. */
  precision?: Precision | "auto";
  /** CPU threads of one operation, >= 1; default all cores. Fixed once TensorFlow has been loaded in a process. */
  threads?: number;
}

/** An engine that runs: TensorFlow.js operations now go to it. */
export interface EngineSession {
  readonly engine: EngineName;
  /** "cpu" or "cuda:n". */
  readonly device: string;
  readonly precision: Precision;
  /** Versions and switches that belong in every result. */
  describe(): Record<string, string>;
  /** Living tensors of this thread and the bytes of their values. */
  memory(): { tensors: number; bytes: number };
}

/** One registered engine. */
export interface EngineDriver {
  readonly name: EngineName;
  readonly summary: string;
  /** Why it cannot be used here, or null when its parts are in place. Loads nothing heavy. */
  missing(): { message: string; hint: string } | null;
  /** The devices that "auto" means when there is a worker for each; at least one. Only when nothing is missing. */
  devices(): string[];
  /** Sets, in the main thread, what the engine's library reads from the environment when it is loaded. */
  prepare(request: EngineRequest): void;
  /** Loads it and makes it TensorFlow.js' backend in this thread. Throws SslMemError ENGINE. */
  open(request: EngineRequest): Promise<EngineSession>;
}
