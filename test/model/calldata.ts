/** Names become real: signatures, ids, Merkle trees, proofs, and the call that a move makes. */
import secp256k1 from "secp256k1";
import { type Address, concatHex, type Hex, keccak256, stringToHex } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { depositOriginId, depositOutputId, nextDepositHash } from "../../protocol/deposit.ts";
import { encodeDepositSource, encodeHeader, encodeSource } from "../../protocol/evidence.ts";
import { DEPOSIT_INDEX_BASE } from "../../protocol/generated/constants.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { depthOf, leafHash, type MerkleTree, merkleTree } from "../../protocol/merkle.ts";
import { ETH, type Output, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { blockOf, encodePosition, isDepositPosition } from "../../protocol/position.ts";
import type { Spend } from "../../protocol/spend.ts";
import { encodeBody, encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import type { ShownSpend } from "./moves.ts";
import {
  type Actor,
  type Block,
  type Coin,
  coinOf,
  type OutputName,
  originOf,
  outputIndexOf,
  type Payment,
  type Place,
  type Position,
  type State,
  type Token,
} from "./state.ts";

export interface RealPayment {
  readonly transaction: Transaction;
  readonly txId: Hex;
  readonly body: Hex;
  readonly witness: Hex;
}

interface RealBlock {
  readonly header: BlockHeader;
  readonly tree: MerkleTree;
}

/** The private key of an actor: the same in every run, worth nothing anywhere. */
export const keyOf = (actor: Actor): Hex => keccak256(stringToHex(`plasma model actor ${actor}`));

const addresses = new Map<Actor, Address>();

export function addressOf(actor: Actor): Address {
  const known = addresses.get(actor);
  if (known !== undefined) return known;
  const address = privateKeyToAddress(keyOf(actor)).toLowerCase() as Address;
  addresses.set(actor, address);
  return address;
}

export type Translator = ReturnType<typeof createTranslator>;

/** Translates for one contract on one chain. What has been signed and hashed once is remembered. */
export function createTranslator(domain: Domain, token: Address) {
  const payments = new WeakMap<Payment, RealPayment>();
  const blocks = new WeakMap<Block, RealBlock>();

  const tokenAddress = (name: Token): Address => (name === "ETH" ? ETH : token);
  const outputOf = ({ owner, token: name, amount }: Coin): Output => ({
    owner: addressOf(owner),
    token: tokenAddress(name),
    amount,
    condition: PLAIN,
  });

  const positionOf = ({ block, lane, index, output }: Position): bigint =>
    encodePosition({
      block: BigInt(block),
      txIndex: lane === 1 ? DEPOSIT_INDEX_BASE + index : index,
      outputIndex: output,
    });

  function preimageOf(state: State, name: OutputName) {
    const coin = coinOf(state, name);
    if (coin === undefined) throw new RangeError(`there is no output ${name}`);
    const origin = originOf(name);
    const originId =
      "deposit" in origin
        ? depositOriginId(origin.deposit, BigInt(state.deposits[origin.deposit]?.behind ?? 0))
        : realPayment(state, origin.payment).txId;
    return { originId, outputIndex: outputIndexOf(name), output: outputOf(coin) };
  }

  function outputIdByName(state: State, name: OutputName): Hex {
    const { originId, outputIndex, output } = preimageOf(state, name);
    return outputIdOf(originId, outputIndex, output);
  }

  function realPayment(state: State, name: string): RealPayment {
    const payment = state.payments[name];
    if (payment === undefined) throw new RangeError(`there is no payment ${name}`);
    const known = payments.get(payment);
    if (known !== undefined) return known;
    const { validAfter, validBefore } = payment;
    const inputs = payment.inputs.map(({ output, at }) => ({
      position: positionOf({ ...at, output: outputIndexOf(output) }),
      outputId: outputIdByName(state, output),
    }));
    // The name makes each payment another, as it does in the model.
    const memo = stringToHex(name, { size: 32 });
    const transaction = { inputs, outputs: payment.outputs.map(outputOf), memo, validAfter, validBefore };
    const txId = txIdOf(transaction, domain);
    const sorted = payment.signers.toSorted((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1));
    const signatures = sorted.map((actor) => sign(txId, keyOf(actor)));
    const encoded = toHex(encodeSignedTransaction({ transaction, signatures, reveals: [] }));
    const body = toHex(encodeBody(transaction));
    const real = { transaction, txId, body, witness: `0x${encoded.slice(body.length)}` as const };
    payments.set(payment, real);
    return real;
  }

  const depositHash = (state: State, count: number): Hex =>
    state.deposits.slice(0, count).reduce<Hex>((previous, { owner, token: name, amount, behind }, index) => {
      const deposit = { index, block: BigInt(behind), owner: addressOf(owner), token: tokenAddress(name), amount };
      return nextDepositHash(previous, depositOutputId(deposit));
    }, ZERO_HASH);

  function realBlock(state: State, number: number): RealBlock | undefined {
    const block = state.blocks[number - 1];
    if (block === undefined) return undefined;
    const known = blocks.get(block) ?? blockBehind({ ...state, blocks: state.blocks.slice(0, number - 1) }, block);
    blocks.set(block, known);
    return known;
  }

  /** What `block` is as the next of the chain. A count of deposits that were not made has the hash of those that were. */
  function blockBehind(state: State, block: Block): RealBlock {
    const parent = realBlock(state, state.blocks.length)?.header ?? GENESIS;
    const leaves = block.payments.map((name) => leafOf(state, name));
    const tree = merkleTree(leaves);
    const header = {
      number: parent.number + 1n,
      parentHash: headerHash(parent),
      root: tree.root,
      txCount: leaves.length,
      timestamp: block.timestamp,
      sealedAt: block.sealedAt,
      depositCount: block.deposits,
      depositHash: depositHash(state, block.deposits),
    };
    return { header, tree };
  }

  function leafOf(state: State, name: string): Uint8Array {
    const { txId, witness } = realPayment(state, name);
    return leafHash(txId, keccak256(witness));
  }

  /** The proof that `payment` stands at `place`: the best that there is, where it does not. */
  function inclusionOf(state: State, payment: string, place: Place) {
    const real = realBlock(state, place.block);
    const isThere = real !== undefined && place.lane === 0 && place.index < real.header.txCount;
    return {
      header: real?.header ?? { ...GENESIS, number: BigInt(place.block) },
      txIndex: place.lane === 1 ? DEPOSIT_INDEX_BASE + place.index : place.index,
      witnessHash: keccak256(realPayment(state, payment).witness),
      path: isThere ? real.tree.path(place.index) : Array<Hex>(depthOf(real?.header.txCount ?? 0)).fill(ZERO_HASH),
    };
  }

  /** How the inputs are shown to have been created where they are said to stand. */
  function sourcesOf(
    state: State,
    inputs: Payment["inputs"],
    signed: Payment["inputs"],
    backdated: boolean | undefined,
  ): Hex {
    const sources = inputs.map(({ output, at }) => {
      const origin = originOf(output);
      if ("deposit" in origin) {
        const previousDepositHash = depositHash(state, origin.deposit);
        return encodeDepositSource({ output: preimageOf(state, output).output, previousDepositHash });
      }
      const { body } = realPayment(state, origin.payment);
      return encodeSource({ body, inclusion: inclusionOf(state, origin.payment, at) });
    });
    const positions = signed.map(({ output, at }) => positionOf({ ...at, output: outputIndexOf(output) }));
    const youngest = positions.reduce((a, b) => (a > b ? a : b));
    const shown = inputs[positions.indexOf(youngest)];
    if (shown === undefined || !isDepositPosition(youngest) || blockOf(youngest) === 0n) return concatHex(sources);
    const header = realBlock(state, shown.at.block)?.header ?? GENESIS;
    return concatHex([...sources, encodeHeader({ ...header, timestamp: backdated ? 1 : header.timestamp })]);
  }

  function spendOf(state: State, { payment: name, input, at, source }: ShownSpend): Spend {
    const payment = state.payments[name];
    const { body, witness } = realPayment(state, name);
    const origin = payment?.inputs[input] && originOf(payment.inputs[input].output);
    const creator = source !== undefined && origin !== undefined && "payment" in origin ? origin.payment : undefined;
    return {
      body,
      witness,
      preimages: inputPreimages(state, name),
      inputIndex: input,
      inclusion: at && inclusionOf(state, name, at),
      source:
        creator === undefined
          ? undefined
          : { body: realPayment(state, creator).body, inclusion: inclusionOf(state, creator, source as Place) },
    };
  }

  const inputPreimages = (state: State, name: string) =>
    (state.payments[name]?.inputs ?? []).map(({ output }) => preimageOf(state, output));

  return {
    tokenAddress,
    positionOf,
    preimageOf,
    outputIdByName,
    realPayment,
    realBlock,
    blockBehind,
    depositHash,
    inclusionOf,
    sourcesOf,
    inputPreimages,
    spendOf,
  };
}

/** A compact signature (EIP-2098) of a digest. */
function sign(digest: Hex, key: Hex): Uint8Array {
  const { signature, recid } = secp256k1.ecdsaSign(fromHex(digest), fromHex(key));
  const compact = Uint8Array.from(signature);
  if (recid === 1) compact[32] = (compact[32] ?? 0) | 0x80;
  return compact;
}
