/** Bytes of request bodies that are held at once, over all connections. */
export interface BodyBudget {
  /** Reserves room for a body; false where there is none. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  /** Bytes that are reserved. */
  held(): number;
}

/**
 * Bounds what strangers can have a service hold in memory: a body is kept until it is answered, and many peers may send one each. One body is
 * always let in, however large, so that the largest that is allowed can be sent at all.
 */
export function createBodyBudget(maxBytes: number): BodyBudget {
  let held = 0;
  return {
    take(bytes) {
      if (held > 0 && held + bytes > maxBytes) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
    held: () => held,
  };
}
