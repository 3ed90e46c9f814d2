import assert from 'node:assert/strict';

/** Waits until `condition` holds; fails with `message` after `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  message: string | (() => string),
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`Timed out: ${typeof message === 'string' ? message : message()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
