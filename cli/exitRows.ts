import type { Exit } from "../client/exits.ts";
import { formatPosition } from "../protocol/position.ts";

/** The stable JSON of an exit. */
export function exitData({
  outputId,
  position,
  owner,
  token,
  amount,
  exitableAt,
  bond,
  status,
  bondOnly,
  startedIn,
}: Exit) {
  return {
    position: formatPosition(position),
    outputId,
    owner,
    token,
    amount,
    exitableAt,
    bond,
    status,
    bondOnly,
    startedIn,
  };
}
