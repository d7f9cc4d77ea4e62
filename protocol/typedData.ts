import type { Address, Hex, TypedDataDefinition } from "viem";
import { abiWords, setAddress, setBytes, setField, setUint } from "./abiWords.ts";
import { copyBytes, createWriter, toHex } from "./bytes.ts";
import type { FeeClaim } from "./feeClaim.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { LIMITS } from "./limits.ts";
import { setOutput } from "./output.ts";
import { type BodyLayout, bodyLayoutOf, type Transaction } from "./transaction.ts";

/** The deployment that a signature is for: L1 chain and root chain contract. */
export interface Domain {
  readonly chainId: bigint;
  readonly contract: Address;
}

/** An owner's permission that somebody else starts the exit of one output (R30). */
export interface ExitAuthorization {
  readonly position: bigint;
  readonly outputId: Hex;
  /** Zero = anyone. */
  readonly starter: Address;
  /** Unix seconds, uint40. */
  readonly deadline: number;
}

const NAME = "Plasma";
const VERSION = "1";

const INPUT_TYPE = "Input(uint104 position,bytes32 outputId)";
const OUTPUT_TYPE = "Output(address owner,address token,uint128 amount,bytes32 condition)";

const hashText = (text: string): Uint8Array => portableCrypto.keccak256(new TextEncoder().encode(text));

const TYPE_HASHES = {
  domain: hashText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
  input: hashText(INPUT_TYPE),
  output: hashText(OUTPUT_TYPE),
  transaction: hashText(
    `Transaction(Input[] inputs,Output[] outputs,bytes32 memo,uint40 validAfter,uint40 validBefore)${INPUT_TYPE}${OUTPUT_TYPE}`,
  ),
  feeClaim: hashText("FeeClaim(uint64 blockNumber,address token,address owner,uint128 amount)"),
  exitAuthorization: hashText("ExitAuthorization(uint104 position,bytes32 outputId,address starter,uint40 deadline)"),
};
const NAME_HASH = hashText(NAME);
const VERSION_HASH = hashText(VERSION);

/** The EIP-712 domain separator. */
export function domainSeparator(domain: Domain, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  return toHex(hashDomain(domain, keccak));
}

/**
 * The id of a transaction: its EIP-712 digest, the same as viem's `hashTypedData(typedDataOf(transaction, domain))`.
 * @throws what `encodeBody` throws
 */
export function txIdOf(transaction: Transaction, domain: Domain, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  return toHex(hashBody(bodyLayoutOf(transaction), domain, keccak));
}

const inputWords = abiWords(3);
const outputWords = abiWords(5);
const transactionWords = abiWords(6);
const memberHashes = abiWords(Math.max(LIMITS.maxInputs, LIMITS.maxOutputs));
setBytes(inputWords, 0, TYPE_HASHES.input);
setBytes(outputWords, 0, TYPE_HASHES.output);
setBytes(transactionWords, 0, TYPE_HASHES.transaction);

/** The id of the transaction whose bytes are laid out. Written by hand over bytes because it is on the path of every payment. */
export function hashBody(layout: BodyLayout, domain: Domain, keccak: Keccak256): Uint8Array {
  const { bytes, inputs, outputs, memo, validAfter, validBefore } = layout;
  for (let index = 0; index < inputs.length; index++) {
    const start = inputs[index] as number;
    setField(inputWords, 1, bytes, start, 13);
    setField(inputWords, 2, bytes, start + 13, 32);
    setBytes(memberHashes, index, keccak(inputWords));
  }
  setBytes(transactionWords, 1, keccak(memberHashes.subarray(0, 32 * inputs.length)));
  for (let index = 0; index < outputs.length; index++) {
    setOutput(outputWords, 1, bytes, outputs[index] as number);
    setBytes(memberHashes, index, keccak(outputWords));
  }
  setBytes(transactionWords, 2, keccak(memberHashes.subarray(0, 32 * outputs.length)));
  setField(transactionWords, 3, bytes, memo, 32);
  setField(transactionWords, 4, bytes, validAfter, 5);
  setField(transactionWords, 5, bytes, validBefore, 5);
  return digest(transactionWords, domain, keccak);
}

/**
 * The id of a fee claim, from which the id of its output is made.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function feeClaimIdOf(claim: FeeClaim, domain: Domain, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const struct = createWriter(5 * 32)
    .raw(TYPE_HASHES.feeClaim)
    .skip(24)
    .uint(claim.blockNumber, 8, "blockNumber")
    .skip(12)
    .hex(claim.token, 20, "token")
    .skip(12)
    .hex(claim.owner, 20, "owner")
    .skip(16)
    .uint(claim.amount, 16, "amount");
  return toHex(digest(struct.bytes, domain, keccak));
}

/**
 * What an owner signs to let somebody else start an exit (R30).
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function exitAuthorizationDigest(
  authorization: ExitAuthorization,
  domain: Domain,
  keccak: Keccak256 = portableCrypto.keccak256,
): Hex {
  const struct = createWriter(5 * 32)
    .raw(TYPE_HASHES.exitAuthorization)
    .skip(19)
    .uint(authorization.position, 13, "position")
    .hex(authorization.outputId, 32, "outputId")
    .skip(12)
    .hex(authorization.starter, 20, "starter")
    .skip(27)
    .number(authorization.deadline, 5, "deadline");
  return toHex(digest(struct.bytes, domain, keccak));
}

const TYPED_DATA_TYPES = {
  Transaction: [
    { name: "inputs", type: "Input[]" },
    { name: "outputs", type: "Output[]" },
    { name: "memo", type: "bytes32" },
    { name: "validAfter", type: "uint40" },
    { name: "validBefore", type: "uint40" },
  ],
  Input: [
    { name: "position", type: "uint104" },
    { name: "outputId", type: "bytes32" },
  ],
  Output: [
    { name: "owner", type: "address" },
    { name: "token", type: "address" },
    { name: "amount", type: "uint128" },
    { name: "condition", type: "bytes32" },
  ],
} as const;

/** The transaction as a wallet shows it to a person before signing (`eth_signTypedData_v4`). */
export function typedDataOf(
  transaction: Transaction,
  domain: Domain,
): TypedDataDefinition<typeof TYPED_DATA_TYPES, "Transaction"> {
  return {
    domain: walletDomainOf(domain),
    types: TYPED_DATA_TYPES,
    primaryType: "Transaction",
    message: transaction,
  };
}

const EXIT_AUTHORIZATION_TYPES = {
  ExitAuthorization: [
    { name: "position", type: "uint104" },
    { name: "outputId", type: "bytes32" },
    { name: "starter", type: "address" },
    { name: "deadline", type: "uint40" },
  ],
} as const;

/** An exit authorisation as a wallet shows it to a person before signing (`eth_signTypedData_v4`). */
export function exitAuthorizationTypedDataOf(
  authorization: ExitAuthorization,
  domain: Domain,
): TypedDataDefinition<typeof EXIT_AUTHORIZATION_TYPES, "ExitAuthorization"> {
  return {
    domain: walletDomainOf(domain),
    types: EXIT_AUTHORIZATION_TYPES,
    primaryType: "ExitAuthorization",
    message: authorization,
  };
}

function walletDomainOf({ chainId, contract }: Domain) {
  return { name: NAME, version: VERSION, chainId, verifyingContract: contract };
}

function hashDomain({ chainId, contract }: Domain, keccak: Keccak256): Uint8Array {
  const struct = abiWords(5);
  setBytes(struct, 0, TYPE_HASHES.domain);
  setBytes(struct, 1, NAME_HASH);
  setBytes(struct, 2, VERSION_HASH);
  setUint(struct, 3, chainId, 32, "chainId");
  setAddress(struct, 4, contract, "contract");
  return keccak(struct);
}

const separators = new WeakMap<Domain, Uint8Array>();

/** A service hashes under one domain for ever, so the separator of a domain object is computed once. */
function separatorOf(domain: Domain, keccak: Keccak256): Uint8Array {
  let separator = separators.get(domain);
  if (separator === undefined) {
    separator = hashDomain(domain, keccak);
    separators.set(domain, separator);
  }
  return separator;
}

const digestPreimage = new Uint8Array(2 + 32 + 32);
digestPreimage.set([0x19, 0x01]);

function digest(struct: Uint8Array, domain: Domain, keccak: Keccak256): Uint8Array {
  copyBytes(digestPreimage, 2, separatorOf(domain, keccak), 0, 32);
  copyBytes(digestPreimage, 34, keccak(struct), 0, 32);
  return keccak(digestPreimage);
}
