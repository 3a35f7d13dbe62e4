import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { retryInUse } from "./retry-in-use.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A rename that the system refuses so many times. */
function refusing(times: number, code: string) {
  const rename = vi.fn<() => Promise<string>>(async () => {
    if (rename.mock.calls.length <= times) throw Object.assign(new Error(`${code}: rename`), { code });
    return "renamed";
  });
  return rename;
}

describe("a file that somebody has open", () => {
  test.each(["EPERM", "EACCES", "EBUSY"])(
    "is replaced on Windows as soon as it is free (%s)",
    async (code) => {
      const rename = refusing(3, code);
      const replaced = retryInUse(rename, "win32");
      await vi.runAllTimersAsync();
      expect(await replaced).toBe("renamed");
      expect(rename).toHaveBeenCalledTimes(4);
    },
  );

  test("is given up when nobody lets go of it, with what the system said", async () => {
    const rename = refusing(Number.POSITIVE_INFINITY, "EPERM");
    const startMs = performance.now();
    const replaced = retryInUse(rename, "win32").catch((cause: unknown) => cause);
    await vi.runAllTimersAsync();
    expect(await replaced).toMatchObject({ code: "EPERM", message: "EPERM: rename" });
    expect(performance.now() - startMs).toBeLessThanOrEqual(2_000);
    expect(rename.mock.calls.length).toBeGreaterThan(10);
  });

  test.each([
    ["linux", "EPERM"],
    ["darwin", "EACCES"],
    ["win32", "ENOSPC"],
    ["win32", "ENOENT"],
  ])("is no reason to wait on %s for %s", async (platform, code) => {
    const rename = refusing(1, code);
    await expect(retryInUse(rename, platform)).rejects.toMatchObject({ code });
    expect(rename).toHaveBeenCalledTimes(1);
  });
});
