// The VM of conditions in a thread of its own, for the reason that evmWorker.ts gives.
import { parentPort } from "node:worker_threads";
import { createConditionVm, type Execution } from "../../protocol/conditionVm.ts";

export interface RunRequest {
  readonly code: Uint8Array;
  readonly calldata: Uint8Array;
  readonly gasLimit: number;
}

export type RunResponse = Execution;

const vm = await createConditionVm();
parentPort?.on("message", async ({ code, calldata, gasLimit }: RunRequest) => {
  parentPort?.postMessage((await vm.run(code, calldata, gasLimit)) satisfies RunResponse);
});
