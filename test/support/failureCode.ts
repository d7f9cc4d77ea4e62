import assert from "node:assert/strict";

/** Asserts that an action fails with this code; wording is free to improve. */
export async function rejectsWithCode(code: string, action: () => unknown): Promise<void> {
  await assert.rejects(
    async () => action(),
    (error: unknown) => {
      assert.ok(error instanceof Error && "code" in error, String(error));
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}

/** The code with which an action fails; undefined where it does not. */
export async function failureCode(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
