import type { OperatorApi } from "../../client/operatorApi.ts";
import type { Crypto } from "../../protocol/hashing.ts";
import { readCpuTime } from "../support/cpuTime.ts";
import { grouped, type Reporter } from "../support/report.ts";
import { startSender } from "../throughput/load.ts";
import { type OwnedOutput, signPayments } from "../throughput/prepare.ts";
import { measureSignatureLimit } from "../throughput/signatureLimit.ts";
import { untilCommitted } from "../throughput/sync.ts";
import type { ScaleNetwork } from "./network.ts";

export interface MeasuredPayments {
  /** Acknowledged a second. */
  readonly rate: number;
  /** Signatures that the machine recovers a second when it does nothing else, measured just before. */
  readonly limit: number;
  /** Processor time a payment of the sender, the service and L1 together, until the last block is on L1. */
  readonly cpuMicroseconds: number;
}

const LIMIT_SECONDS = 3;
const LOAD = { form: "binary", perCall: 1_000, callsAtOnce: 8 } as const;

/** Sends one payment of half of each output, as fast as they are acknowledged. */
export async function measurePayments(
  { network, reader }: ScaleNetwork,
  outputs: readonly OwnedOutput[],
  crypto: Crypto,
  { step }: Pick<Reporter, "step">,
): Promise<MeasuredPayments> {
  const count = outputs.length;
  const sender = await step(`Sign ${grouped(count)} payments`, async () =>
    startSender({
      url: network.operatorUrl,
      payments: await signPayments(outputs, reader.domain, crypto),
      load: LOAD,
    }),
  );
  await untilCommitted(reader.operator);
  const limit = await step("Measure the limit", () => measureSignatureLimit(LIMIT_SECONDS));
  const cpuOfServices = () => readCpuTime(network.operator.pid).total + readCpuTime(network.l1.pid).total;
  const before = cpuOfServices();
  const { seconds, cpuSeconds } = await step("Send them", () => sender.run());
  await untilCommitted(reader.operator);
  return {
    rate: count / seconds,
    limit: limit.rate,
    cpuMicroseconds: ((cpuSeconds + cpuOfServices() - before) * 1e6) / count,
  };
}

/** Milliseconds, ascending, until the operator has answered with the proof of each output, one after the other. */
export async function measureProofs(operator: OperatorApi, positions: readonly bigint[]): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (const position of positions) {
    const asked = performance.now();
    await operator.call("plasma_getProof", position);
    latencies.push(performance.now() - asked);
  }
  return latencies.sort((a, b) => a - b);
}
