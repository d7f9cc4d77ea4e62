import { type Address, domainSeparator, erc20Abi, type Hex, parseAbi, parseSignature } from "viem";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import { l1Time } from "./l1.ts";

/** An owner's signed allowance for the root-chain contract (ERC-2612). */
export interface Permit {
  /** L1 timestamp, seconds. */
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

const permitAbi = [
  ...erc20Abi,
  ...parseAbi([
    "function version() view returns (string)",
    "function nonces(address owner) view returns (uint256)",
    "function DOMAIN_SEPARATOR() view returns (bytes32)",
  ]),
];

const types = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

const VALID_SECONDS = 3_600;
// Most tokens have no version() and use this one.
const DEFAULT_VERSION = "1";

/**
 * Lets the root-chain contract take `amount` of a token, without a transaction; nothing is sent. Throws PERMIT_UNSUPPORTED where the
 * token has no permit, or names a signing domain that its own name and version do not lead to.
 */
export async function signPermit(client: Client, token: Address, amount: bigint): Promise<Permit> {
  const { wallet, address: owner } = requireWallet(client);
  const { chainId, contract: spender } = client.domain;
  const erc20 = { address: token, abi: permitAbi } as const;
  const unsupported = (cause: unknown) =>
    clientError("PERMIT_UNSUPPORTED", `the token at ${token} takes no permit`, { token }, { cause });
  const [name, version, nonce, separator, now] = await Promise.all([
    client.l1.readContract({ ...erc20, functionName: "name" }),
    client.l1.readContract({ ...erc20, functionName: "version" }).catch(() => DEFAULT_VERSION),
    client.l1.readContract({ ...erc20, functionName: "nonces", args: [owner] }),
    client.l1.readContract({ ...erc20, functionName: "DOMAIN_SEPARATOR" }),
    l1Time(client),
  ]).catch((cause: unknown) => {
    throw unsupported(cause);
  });
  const domain = { name, version, chainId: Number(chainId), verifyingContract: token };
  if (domainSeparator({ domain }) !== separator) throw unsupported(undefined);
  const deadline = BigInt(now + VALID_SECONDS);
  const message = { owner, spender, value: amount, nonce, deadline };
  const signature = await wallet.signTypedData({
    account: wallet.account,
    domain,
    types,
    primaryType: "Permit",
    message,
  });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}
