import type { Address, Hex, TypedDataDefinition } from "viem";
import { createWriter, toHex } from "./bytes.ts";
import type { FeeClaim } from "./feeClaim.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import type { Output } from "./output.ts";
import type { Input, Transaction } from "./transaction.ts";

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
 * The id of a transaction: its EIP-712 digest. Written by hand over bytes because it is on the path of every payment;
 * the same as viem's `hashTypedData(typedDataOf(transaction, domain))`.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function txIdOf(transaction: Transaction, domain: Domain, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const inputs = createWriter(32 * transaction.inputs.length);
  for (const input of transaction.inputs) inputs.raw(hashInput(input, keccak));
  const outputs = createWriter(32 * transaction.outputs.length);
  for (const output of transaction.outputs) outputs.raw(hashOutput(output, keccak));
  const struct = createWriter(6 * 32)
    .raw(TYPE_HASHES.transaction)
    .raw(keccak(inputs.bytes))
    .raw(keccak(outputs.bytes))
    .hex(transaction.memo, 32, "memo")
    .skip(27)
    .number(transaction.validAfter, 5, "validAfter")
    .skip(27)
    .number(transaction.validBefore, 5, "validBefore");
  return digest(struct.bytes, domain, keccak);
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
  return digest(struct.bytes, domain, keccak);
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
  return digest(struct.bytes, domain, keccak);
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

function hashInput({ position, outputId }: Input, keccak: Keccak256): Uint8Array {
  const struct = createWriter(3 * 32)
    .raw(TYPE_HASHES.input)
    .skip(19)
    .uint(position, 13, "position")
    .hex(outputId, 32, "outputId");
  return keccak(struct.bytes);
}

function hashOutput({ owner, token, amount, condition }: Output, keccak: Keccak256): Uint8Array {
  const struct = createWriter(5 * 32)
    .raw(TYPE_HASHES.output)
    .skip(12)
    .hex(owner, 20, "owner")
    .skip(12)
    .hex(token, 20, "token")
    .skip(16)
    .uint(amount, 16, "amount")
    .hex(condition, 32, "condition");
  return keccak(struct.bytes);
}

function hashDomain({ chainId, contract }: Domain, keccak: Keccak256): Uint8Array {
  const struct = createWriter(5 * 32)
    .raw(TYPE_HASHES.domain)
    .raw(NAME_HASH)
    .raw(VERSION_HASH)
    .uint(chainId, 32, "chainId")
    .skip(12)
    .hex(contract, 20, "contract");
  return keccak(struct.bytes);
}

function digest(struct: Uint8Array, domain: Domain, keccak: Keccak256): Hex {
  const preimage = createWriter(2 + 32 + 32)
    .number(0x1901, 2, "EIP-712 prefix")
    .raw(hashDomain(domain, keccak))
    .raw(keccak(struct));
  return toHex(keccak(preimage.bytes));
}
