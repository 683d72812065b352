/** What computes: TensorFlow by TensorFlow.js, or libtorch by our own binding. */
export type EngineName = "tensorflow" | "torch";
export type Precision = "fp32" | "tf32" | "bf16";

/** What is asked of an engine; what is left out is chosen ("auto"). */
export interface EngineRequest {
  /** Which engine; "auto" takes the one that is the faster one here (chooseEngine). */
  engine?: EngineName | "auto";
  /** "cpu", "cuda:n" with n >= 0, "auto", or several GPUs with commas between them (scoring). */
  device?: string;
  /** Number format of activations; "auto" takes bf16 where the device multiplies it natively. */
  precision?: Precision | "auto";
  /** Whether only kernels whose results do not vary from run to run are allowed. Default false. */
  deterministic?: boolean;
  /** CPU threads of one operation, >= 1; default all cores. Fixed once TensorFlow has been loaded in a process. */
  threads?: number;
}

/** What a request comes to on this machine. */
export interface EngineChoice {
  readonly engine: EngineName;
  /** "cpu" or "cuda:n". */
  readonly device: string;
  readonly precision: Precision;
  readonly deterministic: boolean;
  /** Why "auto" came to this; "as asked" where nothing was left to it. */
  readonly why: string;
}

/** The open engine of this thread. */
export interface EngineSession extends EngineChoice {
  /** Versions and switches that belong in every result. */
  describe(): Record<string, string>;
  /** Living tensors of this thread and the bytes of their values. */
  memory(): { tensors: number; bytes: number };
}

/** What a driver makes of the device and precision of a request. */
export interface SettledRequest {
  readonly device: string;
  readonly precision: Precision;
  /** Why "auto" came to this precision; null when it was named. */
  readonly why: string | null;
}

/** One registered engine. */
export interface EngineDriver {
  readonly name: EngineName;
  readonly summary: string;
  /** Why it cannot be used here, or null when its parts are in place. Loads nothing heavy. */
  missing(): { message: string; hint: string } | null;
  /**
   * Device and precision, with "auto" replaced. Loads the engine's library only where a GPU may be. Throws SslMemError
   * ENGINE for what the engine or the machine cannot do, USAGE for an unknown device.
   */
  settle(request: EngineRequest): SettledRequest;
  /** The devices that "auto" means when there is a worker for each; at least one. Only when nothing is missing. */
  devices(): string[];
  /** Sets, in the main thread, what the engine's library reads from the environment when it is loaded. */
  prepare(request: EngineRequest): void;
  /** Loads it and makes it TensorFlow.js' backend in this thread. Throws SslMemError ENGINE. */
  open(choice: EngineChoice, threads: number | undefined): Promise<EngineSession>;
}
