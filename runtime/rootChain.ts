import { type Address, BaseError } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Domain, domainSeparator } from "../protocol/typedData.ts";
import { RuntimeError } from "./errors.ts";
import { connectL1, type L1Connection, type L1Options } from "./l1Client.ts";

/** The root chain contract as found at start. */
export interface RootChainContract extends L1Connection {
  readonly domain: Domain;
  /** MEP, seconds. */
  readonly minExitPeriod: number;
  /** The registry of its conditions. */
  readonly conditions: Address;
  /** The account that may commit blocks, lowercase. */
  readonly operator: Address;
}

/**
 * Connects to L1 and makes sure that the contract is a root chain whose signatures are for this chain and address.
 * Throws what `connectL1` throws, and CONTRACT_MISMATCH.
 */
export async function connectRootChain(options: L1Options): Promise<RootChainContract> {
  const connection = await connectL1(options);
  const domain: Domain = { chainId: connection.chainId, contract: options.contract };
  const contract = { address: options.contract, abi: rootChainAbi } as const;
  const { client } = connection;
  const [separator, minExitPeriod, operator, conditions] = await Promise.all([
    client.readContract({ ...contract, functionName: "domainSeparator" }),
    client.readContract({ ...contract, functionName: "minExitPeriod" }),
    client.readContract({ ...contract, functionName: "operator" }),
    client.readContract({ ...contract, functionName: "conditions" }),
  ]).catch((cause: unknown) => {
    if (!(cause instanceof BaseError)) throw cause;
    throw mismatch(options.contract, cause);
  });
  if (separator !== domainSeparator(domain)) throw mismatch(options.contract);
  return {
    ...connection,
    domain,
    minExitPeriod: Number(minExitPeriod),
    operator: operator.toLowerCase() as Address,
    conditions: conditions.toLowerCase() as Address,
  };
}

function mismatch(contract: Address, cause?: unknown): RuntimeError {
  const message = `The contract at ${contract} is not a root chain of this version: check the address`;
  return new RuntimeError("CONTRACT_MISMATCH", message, { contract }, { cause });
}
