export interface RateLimits {
  /** Calls a peer may make a second, on average. */
  readonly perSecond: number;
  /** Calls it may make at once after a pause. */
  readonly burst: number;
}

/** Peers that are remembered; when there are more, the longest unheard is forgotten, which gives it a full bucket. */
const MAX_PEERS = 10_000;

/** A token bucket for each peer. */
export function createRateLimiter(limits: RateLimits, clock: () => number) {
  const buckets = new Map<string, { tokens: number; updatedAt: number }>();
  /** The peer's tokens now; they are put back by `set`. */
  const tokensOf = (peer: string, now: number): number => {
    const bucket = buckets.get(peer) ?? { tokens: limits.burst, updatedAt: now };
    const refilled = bucket.tokens + ((now - bucket.updatedAt) / 1000) * limits.perSecond;
    return Math.min(limits.burst, refilled);
  };

  const set = (peer: string, tokens: number, updatedAt: number) => {
    buckets.delete(peer);
    buckets.set(peer, { tokens, updatedAt });
    if (buckets.size > MAX_PEERS) buckets.delete(buckets.keys().next().value as string);
  };

  return {
    /** Takes `cost` calls from the peer's bucket; false when it does not hold as many. */
    take(peer: string, cost: number): boolean {
      const now = clock();
      const tokens = tokensOf(peer, now);
      const allowed = cost <= tokens;
      set(peer, allowed ? tokens - cost : tokens, now);
      return allowed;
    },
    /** Takes `cost` calls from the peer's bucket, whatever it holds: what is missing comes out of what is refilled. */
    charge(peer: string, cost: number): void {
      const now = clock();
      set(peer, tokensOf(peer, now) - cost, now);
    },
  };
}
