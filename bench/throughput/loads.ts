import { readCpuTime, readServiceTime } from "../support/cpuTime.ts";
import type { BenchNetwork } from "../support/network.ts";
import { grouped, type Reporter } from "../support/report.ts";
import { type Load, type LoadResult, type Sender, startSender } from "./load.ts";
import { type OwnedOutput, signPayments } from "./prepare.ts";
import { measureSignatureLimit, type SignatureLimit } from "./signatureLimit.ts";
import { untilCommitted } from "./sync.ts";

/** Where processor time goes, in the order in which it is told. */
export const CPU_PARTS = ["sender", "operator: main", "verifiers", "others", "L1"];

const LIMIT_SECONDS = 3;

export interface Sustained {
  /** Payments a second. */
  readonly rate: number;
  /** Measured just before: a machine is rarely as fast from one minute to the next. */
  readonly limit: SignatureLimit;
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
  /** Microseconds a payment by CPU_PARTS, until the last block is on L1. */
  readonly cpu: readonly number[];
}

/** Puts loads of `count` payments each on a network, and takes what they spend from the front of `outputs`. */
export function createLoads(
  { network, reader, crypto }: BenchNetwork,
  { outputs, count }: { readonly outputs: OwnedOutput[]; readonly count: number },
  { step }: Pick<Reporter, "step">,
) {
  const readySender = (load: Load): Promise<Sender> =>
    step(`Sign ${grouped(count)} payments`, async () => {
      const payments = await signPayments(outputs.splice(0, count), reader.domain, crypto);
      const sender = await startSender({ url: network.operatorUrl, payments, load });
      await untilCommitted(reader.operator);
      return sender;
    });
  const nameOf = ({ form, perCall, callsAtOnce }: Load) =>
    `${form}, ${grouped(perCall)} per call, at most ${callsAtOnce} calls at once`;

  const measureLimit = (): Promise<SignatureLimit> =>
    step(`Recover signatures on every core for ${LIMIT_SECONDS} s`, () => measureSignatureLimit(LIMIT_SECONDS));

  return {
    measureLimit,

    /** Sends as fast as payments are acknowledged. */
    async sustain(load: Load): Promise<Sustained> {
      const sender = await readySender(load);
      const limit = await measureLimit();
      const before = readCpuParts(network);
      const { seconds, latencies, cpuSeconds } = await step(`Send them as ${nameOf(load)}`, () => sender.run());
      await untilCommitted(reader.operator);
      const cpu = [cpuSeconds, ...readCpuParts(network).map((after, part) => after - (before[part] as number))];
      return { rate: count / seconds, limit, latencies, cpu: cpu.map((time) => (time * 1e6) / count) };
    },

    /** Sends so many payments a second; `beside` is done meanwhile. */
    async pace(
      load: Load,
      perSecond: number,
      beside: (sending: Promise<LoadResult>) => Promise<void> = async () => {},
    ): Promise<LoadResult> {
      const sender = await readySender({ ...load, perSecond });
      return step(`Send them as ${nameOf(load)}, ${grouped(Math.round(perSecond))} payments / s`, async () => {
        const sending = sender.run();
        await beside(sending);
        return sending;
      });
    },
  };
}

/** Processor seconds that the parts of the network have used, in the order of CPU_PARTS after the sender. */
function readCpuParts({ operator, l1 }: { operator: { pid: number }; l1: { pid: number } }): number[] {
  return [...readServiceTime(operator.pid), readCpuTime(l1.pid).total];
}
