/** Bytes of request bodies that are held at once, over all connections. */
export interface BodyBudget {
  /** Reserves room for a body; false where there is none. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  /** Bytes that are reserved. */
  held(): number;
}

/** A body may take one part in so many of the room that is left. */
const SHARE_OF_ROOM = 4;

/**
 * Bounds what strangers can have a service hold in memory: a body is kept until it is answered, and many peers may send one each. The fuller it
 * gets, the smaller a body must be, so that payments find room among many large requests. One body is always let in, however large, so that
 * the largest that is allowed can be sent at all.
 */
export function createBodyBudget(maxBytes: number): BodyBudget {
  let held = 0;
  return {
    take(bytes) {
      if (held > 0 && bytes * SHARE_OF_ROOM > maxBytes - held) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
    held: () => held,
  };
}
