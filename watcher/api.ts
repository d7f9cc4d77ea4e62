import type { Address } from "viem";
import { API_LIMITS, type ApiResult } from "../protocol/api.ts";
import { verifyTransaction } from "../protocol/blockEntry.ts";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { checkConditions, conditionCalls } from "../protocol/conditionalSpend.ts";
import { judgeAsking } from "../protocol/conditionVerdicts.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { recoverTransaction } from "../protocol/signature.ts";
import { ANY_BLOCK } from "../protocol/spend.ts";
import { checkSigners, feesOf } from "../protocol/stateTransition.ts";
import { decodeSignedTransaction, encodeBody, type Input } from "../protocol/transaction.ts";
import type { WATCHER_API } from "../protocol/watcherApi.ts";
import { ApiError } from "../runtime/apiError.ts";
import type { Chain } from "../runtime/chain.ts";
import type { ConditionAsker } from "../runtime/conditionAsker.ts";
import type { ApiHandlers, MethodHandlers } from "../runtime/jsonRpc.ts";
import type { Alerts } from "./alerts.ts";
import type { MoveLog } from "./moveLog.ts";
import type { Spends } from "./spends.ts";
import type { VerifiedChain } from "./verifiedChain.ts";

interface Modules {
  readonly chain: Chain;
  readonly verified: VerifiedChain;
  readonly spends: Spends;
  readonly alerts: Alerts;
  readonly moves: MoveLog;
  /** The methods that all services share, over the valid chain. */
  readonly shared: ApiHandlers;
  readonly account: string | null;
  readonly asker: ConditionAsker;
  /** Called when there is new evidence. */
  readonly onEvidence: () => void;
}

/** Spends of one output that are taken with its owner's signature, and that are taken without. */
const MAX_LOOSE_SPENDS = 8;

/**
 * The methods of the watcher's API: the valid chain as the operator shows it, and besides it everything else that was seen of the
 * committed chain, since others need it as evidence.
 */
export function createWatcherHandlers(modules: Modules): MethodHandlers<typeof WATCHER_API> {
  const { chain, verified, spends, alerts, moves, shared, asker } = modules;
  const { rootChain } = chain;

  const looseBlock = (number: bigint): ApiResult<"plasma_getBlock"> => {
    const commit = verified.looseEntries(number) && rootChain.commit(number);
    if (commit === undefined) return null;
    return { ...commit.header, hash: commit.hash, status: "committed", commitTxHash: commit.transaction };
  };

  const included = (outputId: `0x${string}`): ApiResult<"plasma_getSpends"> =>
    spends.spendsOf(outputId).map(({ inclusion, ...spend }) => ({
      ...spend,
      ...(inclusion && { inclusion }),
      blockNumber: inclusion?.header.number ?? null,
      txIndex: inclusion?.txIndex ?? null,
    }));

  const isSignedBy = (raw: Uint8Array, owner: Address | undefined): boolean => {
    try {
      const { signers } = verifyTransaction(raw, chain.contract.domain, chain.crypto);
      return owner !== undefined && signers.includes(owner);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  };

  return {
    ...shared,
    plasma_getBlock: async (params, peer) =>
      (await shared.plasma_getBlock(params, peer)) ?? (params[0] === "latest" ? null : looseBlock(params[0])),
    async plasma_getBlockTransactions(params, peer) {
      const [{ number, cursor, limit = API_LIMITS.defaultPageSize }] = params;
      const entries = verified.looseEntries(number);
      if (entries === undefined) return shared.plasma_getBlockTransactions(params, peer);
      const from = cursorOf(cursor);
      const page = entries.slice(from, from + limit).map((raw) => toHex(raw));
      const next = from + page.length;
      return next < entries.length ? { entries: page, cursor: next.toString() } : { entries: page };
    },
    plasma_getSpends: ([outputId]) => included(outputId),
    async plasma_getSpend(params, peer) {
      const known = await shared.plasma_getSpend(params, peer);
      if (known !== null) return known;
      const placed = included(params[0]).find(({ blockNumber }) => blockNumber !== null);
      if (placed === undefined || placed.blockNumber === null || placed.txIndex === null) return null;
      return { ...placed, blockNumber: placed.blockNumber, txIndex: placed.txIndex };
    },

    plasma_getAlerts([{ all = false, cursor, limit = API_LIMITS.defaultPageSize }]) {
      const page = alerts.page(cursorOf(cursor), limit, !all);
      return { alerts: page, ...nextOf(page, limit) };
    },
    plasma_getMoves([{ cursor, limit = API_LIMITS.defaultPageSize }]) {
      const page = moves.page(cursorOf(cursor), limit);
      return { moves: page, ...nextOf(page, limit) };
    },
    plasma_getVerification() {
      const fault = verified.fault();
      return {
        validBlock: verified.height(),
        committedBlock: rootChain.newestCommitted(),
        fault: fault
          ? { block: fault.number, txIndex: fault.txIndex ?? null, rule: fault.code, message: fault.message }
          : null,
        missing: verified.missing().map(({ number }) => number),
        account: modules.account,
      };
    },
    async plasma_keepTransaction([raw], peer) {
      const bytes = fromHex(raw);
      const { txId, transaction, signers, reveals } = recoverTransaction(
        decodeSignedTransaction(bytes),
        chain.contract.domain,
        chain.crypto,
      );
      const preimages = transaction.inputs.flatMap((input) => spends.preimageOf(input) ?? []);
      if (preimages.length !== transaction.inputs.length) return false;
      const spent = preimages.map(({ output }) => output);
      checkSigners(spent, signers);
      feesOf(spent, transaction.outputs);
      const asked = { body: encodeBody(transaction), spent, signers, reveals };
      const calls = conditionCalls(asked, ANY_BLOCK, rootChain.condition, chain.crypto.keccak256);
      const held = chain.conditions.hold();
      await judgeAsking(
        () => checkConditions(calls, held),
        (call) => asker.ask(held, call, peer),
      );
      // A condition may let anybody spend: strangers take no room from the owner.
      const isFull = ({ outputId }: Input, index: number) => {
        const owner = spent[index]?.owner;
        const isSigned = owner !== undefined && signers.includes(owner);
        const alike = verified.evidence.spendsOf(outputId).filter(({ raw }) => isSignedBy(raw, owner) === isSigned);
        return alike.length >= MAX_LOOSE_SPENDS;
      };
      if (transaction.inputs.some(isFull)) throw new ApiError("OVERLOADED", "Enough spends of this output are kept");
      chain.store.transaction(() => verified.evidence.keepTransaction({ txId, raw: bytes }));
      modules.onEvidence();
      return true;
    },
  };
}

function cursorOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,15}$/.test(cursor)) throw new ApiError("INVALID_PARAMS", "The cursor is not one that this service gave");
  return Number(cursor);
}

function nextOf(page: readonly { readonly id: number }[], limit: number): { cursor?: string } {
  const last = page.at(-1);
  return last === undefined || page.length < limit ? {} : { cursor: last.id.toString() };
}
