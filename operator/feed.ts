/** Hands what happens to those who listen. A listener that throws does not reach the others' turn: listeners only enqueue. */
export interface Feed<T> {
  publish(item: T): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (item: T) => void): () => void;
  listeners(): number;
}

export function createFeed<T>(): Feed<T> {
  const listeners = new Set<(item: T) => void>();
  return {
    publish(item) {
      for (const listener of listeners) listener(item);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
