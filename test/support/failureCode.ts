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
