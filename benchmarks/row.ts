/** One measured line: ours, the peer of the same run, their ratio and what it should be (0: nothing is asked). */
export interface Row {
  what: string;
  unit: string;
  ours: number;
  peer: number;
  peerName: string;
  ratio: number;
  required: number;
}
