// The main job on real input, as one program: a whole network, encrypted accounts, deposits, thousands of signed payments
// through the service's port, blocks on L1, proofs, honest and dishonest exits, challenges, payouts. Every claim that it prints
// was checked against L1 or recomputed; a check that does not hold ends it with exit code 1.
import { parseArgs } from "node:util";
import { type Address, createTestClient, erc20Abi, formatEther, type Hex, http, parseEther, parseGwei } from "viem";
import { challengeExit } from "../client/challengeExit.ts";
import type { Client } from "../client/client.ts";
import { deposit } from "../client/deposit.ts";
import { ClientError } from "../client/errors.ts";
import { rootChain } from "../client/l1.ts";
import { processExits } from "../client/processExits.ts";
import { getProof } from "../client/proofs.ts";
import { listQueue } from "../client/queue.ts";
import { getSpend } from "../client/spends.ts";
import { type StartedExit, startExit } from "../client/startExit.ts";
import { depositOutput, depositOutputId, depositPositionOf } from "../protocol/deposit.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { ETH } from "../protocol/output.ts";
import { replayChain, sumByToken } from "./demo/replay.ts";
import { makePayments, type Payer } from "./demo/traffic.ts";
import { mapConcurrently } from "./support/mapConcurrently.ts";
import { type BenchNetwork, withNetwork } from "./support/network.ts";
import { seededRandom } from "./support/random.ts";
import { createReporter, grouped, table } from "./support/report.ts";

const { values } = parseArgs({
  options: {
    payments: { type: "string", default: "10000" },
    accounts: { type: "string", default: "100" },
    proofs: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
  },
});
const PAYMENTS = Number(values.payments);
const ACCOUNTS = Number(values.accounts);
const PROOFS = Number(values.proofs);
const HONEST_EXITS_PER_TOKEN = 20;
const DISHONEST_EXITS = 5;
const MIN_EXIT_PERIOD = 3_600;
const DEPOSITS = { ether: parseEther("10"), token: parseEther("100") };
const FEE = { token: ETH as Address, amount: parseGwei("1") };
const AT_ONCE = 8;

interface DemoAccount extends Payer {
  readonly client: Client;
}

const { step, check, checks } = createReporter((text) => process.stdout.write(text));
const random = seededRandom(Number(values.seed));
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
await withNetwork(
  {
    accounts: ACCOUNTS,
    signal: interrupted.signal,
    minExitPeriod: MIN_EXIT_PERIOD,
    operatorOptions: ["--fees", JSON.stringify([{ token: FEE.token, amount: FEE.amount.toString() }])],
  },
  { step },
  runDemo,
);

async function runDemo({ network, crypto, reader, accounts: opened }: BenchNetwork): Promise<void> {
  const { token } = network;
  const accounts = opened.map((account): DemoAccount => ({ ...account, coins: [] }));
  const { l1, domain } = reader;

  await step(
    `Deposit ${formatEther(DEPOSITS.ether)} ETH and ${formatEther(DEPOSITS.token)} DEV for each`,
    async (progress) => {
      const requests = [
        { token: ETH as Address, amount: DEPOSITS.ether },
        { token, amount: DEPOSITS.token },
      ];
      await mapConcurrently(accounts, AT_ONCE, async ({ client, coins }, index) => {
        for (const request of requests) {
          const made = (await deposit(client, request)).deposit;
          const outputId = depositOutputId(made, crypto.keccak256);
          coins.push({ position: depositPositionOf(made), outputId, output: depositOutput(made) });
        }
        progress(`${index} of ${accounts.length}`);
      });
      await until(() => allConfirmed(reader, accounts));
    },
  );

  const traffic = await step(`Make ${grouped(PAYMENTS)} signed payments of 1 to 4 inputs and outputs`, (progress) =>
    makePayments(accounts, {
      payments: PAYMENTS,
      domain,
      operator: reader.operator,
      crypto,
      fee: FEE,
      random,
      onProgress: (done) => progress(`${grouped(done)} acknowledged`),
    }),
  );

  await step("Wait until the last block is committed on L1", (progress) =>
    until(async () => {
      const { committedBlock } = await reader.operator.call("plasma_status");
      progress(`${committedBlock} of ${traffic.lastBlock} blocks are on L1`);
      return committedBlock >= traffic.lastBlock;
    }),
  );

  const replay = await step("Execute every block again and compare each root with L1", async (progress) => {
    const lastBlock = await l1.readContract({ ...rootChain(reader), functionName: "newestBlock" });
    const chain = await replayChain(reader, {
      minExitPeriod: MIN_EXIT_PERIOD,
      lastBlock,
      onProgress: (block) => progress(`block ${block} of ${lastBlock}`),
    });
    check("payments in the chain, without fee claims", chain.transactions - chain.feeClaims, traffic.payments);
    await checkPots(reader, token, chain.sums);
    return chain;
  });

  const unspent = [...replay.unspent.values()];
  await step(`Fetch and verify ${grouped(PROOFS)} proofs`, async (progress) => {
    const sample = Array.from({ length: PROOFS }, () => unspent[Math.floor(random() * unspent.length)] as LedgerOutput);
    await mapConcurrently(sample, AT_ONCE, async ({ position, outputId }, index) => {
      const proof = await getProof(reader, position);
      if (proof.outputId !== outputId) throw new Error(`the proof of ${position} is of another output`);
      progress(`${index} verified`);
    });
    check("proofs verified against block hashes on L1", sample.length, PROOFS);
  });

  const owners = new Map(accounts.map((account) => [account.signer.address, account]));
  const ownerOf = ({ output }: LedgerOutput): DemoAccount => {
    const account = owners.get(output.owner);
    if (account === undefined) throw new Error(`nobody here owns an output of ${output.owner}`);
    return account;
  };
  const exitOutput = async (chosen: LedgerOutput): Promise<StartedExit> =>
    startExit(ownerOf(chosen).client, await getProof(reader, chosen.position));

  const pickOwned = (outputs: readonly LedgerOutput[], tokenOfOutput: Address, count: number) =>
    outputs.filter(({ output }) => output.token === tokenOfOutput && owners.has(output.owner)).slice(-count);
  const honest = [ETH as Address, token].flatMap((each) => pickOwned(unspent, each, HONEST_EXITS_PER_TOKEN));
  const stolen = pickOwned(replay.spent, ETH, DISHONEST_EXITS);

  const started = await step(
    `Exit ${honest.length} unspent outputs, and ${stolen.length} that are spent`,
    async (progress) => {
      const exits: StartedExit[] = [];
      for (const chosen of [...honest, ...stolen]) {
        exits.push(await exitOutput(chosen));
        progress(`${exits.length} started`);
      }
      check("exits started", exits.length, honest.length + stolen.length);
      const [again] = honest;
      if (again) await refused("a second exit of the same output", "EXIT_EXISTS", () => exitOutput(again));
      await refused("paying out before the period is over", "EXIT_NOT_MATURED", () =>
        processExits(accounts[0]?.client ?? reader, { token, max: 1 }),
      );
      return exits;
    },
  );

  const challenger = accounts.at(-1)?.client ?? reader;
  await step(`Challenge the ${stolen.length} dishonest exits`, async () => {
    const bonds = started.slice(honest.length);
    let rewards = 0n;
    for (const { outputId, position } of bonds) {
      const { reward } = await challengeExit(challenger, {
        exit: { outputId, position },
        spend: await getSpend(reader, outputId),
      });
      rewards += reward;
    }
    check(
      "bonds that went to the challenger, wei",
      rewards,
      bonds.reduce((sum, { bond }) => sum + bond, 0n),
    );
    const [first] = honest;
    if (first) await refused("a challenge of an honest exit", "SPEND_UNKNOWN", () => getSpend(reader, first.outputId));
  });

  const paidOut = await step("Move L1 time past the exit period and pay out", async (progress) => {
    const node = createTestClient({ mode: "hardhat", transport: http(network.rpcUrl) });
    await node.increaseTime({ seconds: 2 * MIN_EXIT_PERIOD + 60 });
    await node.mine({ blocks: 1 });
    const paid: { outputId: Hex; amount: bigint }[] = [];
    let gas = 0n;
    for (const each of [ETH as Address, token]) {
      while ((await listQueue(reader, each, 1)).length > 0) {
        const result = await processExits(challenger, { token: each, max: 50 });
        paid.push(...result.paid);
        gas += result.gasUsed;
        progress(`${paid.length} paid`);
      }
    }
    check("exits paid", paid.length, honest.length);
    const amounts = new Map(paid.map(({ outputId, amount }) => [outputId, amount]));
    for (const { outputId, output } of honest) {
      if (amounts.get(outputId) !== output.amount) throw new Error(`output ${outputId} was not paid in full`);
    }
    return { gas };
  });

  const remaining = new Map(replay.unspent);
  for (const { position } of honest) remaining.delete(position);
  await step("Compare the money in the contract with the unspent outputs", () =>
    checkPots(reader, token, sumByToken(remaining.values())),
  );

  const rows = await step("Measure the same payments on L1", async () => {
    const commits = await commitGas(reader);
    const perTransfer = await transferGas(challenger, token, accounts[0]?.signer.address ?? reader.domain.contract);
    const onL1 = [...traffic.transfers].reduce(
      (sum, [each, count]) => sum + BigInt(count) * (each === ETH ? perTransfer.ether : perTransfer.token),
      0n,
    );
    const perPayment = Number(commits) / traffic.payments;
    const transfers = [...traffic.transfers.values()].reduce((sum, count) => sum + count, 0);
    const starts = started.map(({ gasUsed }) => gasUsed);
    return [
      ["accounts", grouped(accounts.length)],
      ["payments", `${grouped(traffic.payments)}, paying ${grouped(transfers)} outputs to others`],
      ["blocks", grouped(replay.blocks)],
      [
        "acknowledged per second",
        `${grouped(Math.round((traffic.payments / traffic.acknowledgingMs) * 1000))} (on disk, one sender, ${crypto.signatureLibrary})`,
      ],
      ["L1 gas of all commits", grouped(commits)],
      ["L1 gas per payment", perPayment.toFixed(1)],
      ["the same payments on L1", `${grouped(onL1)} gas, ${grouped(Number(onL1) / traffic.payments)} per payment`],
      ["ratio", `${grouped(Number(onL1) / Number(commits))} times less gas on Plasma`],
      ["unspent outputs", grouped(remaining.size)],
      ["exits", `${honest.length} paid, ${stolen.length} challenged and lost`],
      [
        "gas to start an exit",
        `${grouped(starts.reduce((sum, gas) => sum + gas, 0n) / BigInt(starts.length))} on average`,
      ],
      ["gas to pay an exit", `${grouped(paidOut.gas / BigInt(honest.length))} on average`],
      ["money in the contract", "equals the unspent outputs to the wei, in ETH and DEV"],
      ["checks", `${checks()} passed`],
    ] as const;
  });
  process.stdout.write(`\n${table(rows)}\n`);
}

/** Waits for what will come; the demo itself is the time limit's keeper. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    interrupted.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function allConfirmed(reader: Client, accounts: readonly DemoAccount[]): Promise<boolean> {
  for (const { signer } of accounts) {
    const { outputs } = await reader.operator.call("plasma_getOutputs", { address: signer.address });
    if (outputs.length < 2 || outputs.some(({ status }) => status === "unconfirmed")) return false;
  }
  return true;
}

/** The contract holds exactly what the unspent outputs are worth: nothing missing, no bond or credit left over. */
async function checkPots(reader: Client, token: Address, sums: ReadonlyMap<Address, bigint>): Promise<void> {
  const { l1 } = reader;
  const { address } = rootChain(reader);
  const potOf = async (each: Address) =>
    (await l1.readContract({ ...rootChain(reader), functionName: "pot", args: [each] }))[0];
  const ether = sums.get(ETH) ?? 0n;
  check("ETH owed by the contract = unspent outputs, wei", await potOf(ETH), ether);
  check("ETH in the contract = owed", await l1.getBalance({ address }), ether);
  const held = await l1.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [address] });
  check("DEV owed by the contract = unspent outputs", await potOf(token), sums.get(token) ?? 0n);
  check("DEV in the contract = owed", held, sums.get(token) ?? 0n);
}

async function refused(what: string, code: string, attempt: () => Promise<unknown>): Promise<void> {
  const outcome = await attempt().then(
    () => "accepted",
    (error: unknown) => {
      if (error instanceof ClientError) return error.code;
      throw error;
    },
  );
  check(`${what} is refused`, outcome, code);
}

/** Gas of every L1 transaction that committed blocks. */
async function commitGas(client: Client): Promise<bigint> {
  const logs = await client.l1.getContractEvents({
    ...rootChain(client),
    eventName: "BlockSubmitted",
    fromBlock: client.fromBlock,
  });
  const hashes = new Set(logs.flatMap(({ transactionHash }) => transactionHash ?? []));
  const receipts = await Promise.all([...hashes].map((hash) => client.l1.getTransactionReceipt({ hash })));
  return receipts.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
}

/** What one transfer to an account that has some already costs on this L1. */
async function transferGas(
  client: Client,
  token: Address,
  recipient: Address,
): Promise<{ ether: bigint; token: bigint }> {
  const { wallet, l1 } = client;
  if (wallet === undefined) throw new Error("a wallet is needed");
  const used = async (hash: Hex) => (await l1.waitForTransactionReceipt({ hash })).gasUsed;
  const ether = await used(await wallet.sendTransaction({ to: recipient, value: 1n, chain: null }));
  const erc20 = { address: token, abi: erc20Abi, functionName: "transfer", chain: null } as const;
  return { ether, token: await used(await wallet.writeContract({ ...erc20, args: [recipient, 1n] })) };
}
