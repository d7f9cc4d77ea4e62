import { parentPort } from "node:worker_threads";
import { createConditionVm } from "../protocol/conditionVm.ts";
import type { ConditionAnswer, ConditionQuestion } from "./conditionThread.ts";

const vm = await createConditionVm();

parentPort?.on("message", async (question: ConditionQuestion | null) => {
  if (question === null) return parentPort?.close();
  const { id, code, calldata, gasLimit } = question;
  parentPort?.postMessage({ id, execution: await vm.run(code, calldata, gasLimit) } satisfies ConditionAnswer);
});
