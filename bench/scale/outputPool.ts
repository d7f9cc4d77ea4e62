import { fromHex, toHex } from "../../protocol/bytes.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, PLAIN } from "../../protocol/output.ts";

/** Unspent outputs, plain and of ETH, any of which may be taken. */
export interface OutputPool {
  size(): number;
  add(output: LedgerOutput): void;
  /** Takes out one of them, whatever its age. `random` is a number in [0, 1). Throws RangeError where there is none. */
  take(random: number): LedgerOutput;
}

const OWNER_BYTES = 20;
const ID_BYTES = 32;

/** Holds at most `capacity` outputs in typed arrays, 68 bytes each, so that ten million fit into memory. Amounts and positions stay below 2^64. */
export function createOutputPool(capacity: number): OutputPool {
  const positions = new BigUint64Array(capacity);
  const amounts = new BigUint64Array(capacity);
  const owners = new Uint8Array(capacity * OWNER_BYTES);
  const ids = new Uint8Array(capacity * ID_BYTES);
  let size = 0;

  const at = (index: number): LedgerOutput => ({
    position: positions[index] as bigint,
    outputId: toHex(ids, index * ID_BYTES, (index + 1) * ID_BYTES),
    output: {
      owner: toHex(owners, index * OWNER_BYTES, (index + 1) * OWNER_BYTES),
      token: ETH,
      amount: amounts[index] as bigint,
      condition: PLAIN,
    },
  });

  /** Fills the gap with the last one, since their order means nothing. */
  const remove = (index: number) => {
    size -= 1;
    positions[index] = positions[size] as bigint;
    amounts[index] = amounts[size] as bigint;
    owners.copyWithin(index * OWNER_BYTES, size * OWNER_BYTES, (size + 1) * OWNER_BYTES);
    ids.copyWithin(index * ID_BYTES, size * ID_BYTES, (size + 1) * ID_BYTES);
  };

  return {
    size: () => size,
    add({ position, outputId, output }) {
      if (size === capacity) throw new RangeError(`the pool holds ${capacity} outputs and no more`);
      positions[size] = position;
      amounts[size] = output.amount;
      owners.set(fromHex(output.owner), size * OWNER_BYTES);
      ids.set(fromHex(outputId), size * ID_BYTES);
      size += 1;
    },
    take(random) {
      if (size === 0) throw new RangeError("the pool is empty");
      const index = Math.floor(random * size);
      const taken = at(index);
      remove(index);
      return taken;
    },
  };
}
