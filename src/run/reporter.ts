/** A point on the way through some work. */
export interface ProgressPoint {
  readonly done: number;
  readonly total: number;
  readonly loss?: number | undefined;
  readonly imagesPerSecond?: number | undefined;
  readonly etaSeconds?: number | undefined;
}

/** Whom the steps of a run tell how far they are. The command line prints it; a program may do what it likes. */
export interface Reporter {
  /** Begins a piece of work, such as "training f". */
  start(label: string): void;
  update(point: ProgressPoint): void;
  /** Ends it; the summary says in a few words what was done. */
  finish(summary?: string): void;
  /** Something worth knowing. */
  note(line: string): void;
  /** Something went not as planned, but the work goes on. */
  warn(line: string): void;
}

/** Tells nobody. */
export const silent: Reporter = {
  start: () => {},
  update: () => {},
  finish: () => {},
  note: () => {},
  warn: () => {},
};
