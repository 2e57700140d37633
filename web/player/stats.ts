// What the player can say of itself. It measures nothing: the player fills it.

export interface PlayerStats {
  /** Pictures painted since the player was made. */
  readonly painted: number;
  /** Pictures that came too late to be painted. */
  readonly dropped: number;
  /** Longest gap between two painted pictures of the last ten seconds. */
  readonly longestGap_ms: number;
  /** Gaps of more than half a second, since the player was made. */
  readonly stalls: number;
  /** How long a picture is held beyond the fastest one's path. */
  readonly held_ms: number;
  /** The least sound that lay ready in the worklet lately. */
  readonly soundBuffer_ms: number;
  /** Sound behind the picture; negative: before it. Null without both. */
  readonly skew_ms: number | null;
  readonly outputLatency_ms: number;
  readonly underruns: number;
}
