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
  return {
    /** Takes `cost` calls from the peer's bucket; false when it does not hold as many. */
    take(peer: string, cost: number): boolean {
      const now = clock();
      const bucket = buckets.get(peer) ?? { tokens: limits.burst, updatedAt: now };
      const refilled = bucket.tokens + ((now - bucket.updatedAt) / 1000) * limits.perSecond;
      const tokens = Math.min(limits.burst, refilled);
      const allowed = cost <= tokens;
      buckets.delete(peer);
      buckets.set(peer, { tokens: allowed ? tokens - cost : tokens, updatedAt: now });
      if (buckets.size > MAX_PEERS) buckets.delete(buckets.keys().next().value as string);
      return allowed;
    },
  };
}
