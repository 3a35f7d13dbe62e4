import { describe, expect, it } from "vitest";
import { findPtyLibrary } from "./pty-library.js";
import { hasPty } from "./spawn-in-terminal.js";

describe("the pseudo terminal library", () => {
  it("is there where its prebuilt package is", async () => {
    const isPrebuilt = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];
    expect(await hasPty()).toBe(isPrebuilt.includes(`${process.platform}-${process.arch}`));
  });

  it.each([
    ["is not installed", { from: "no-such-package/package.json", file: "no-such-package/pty.node" }],
    ["is another thing than expected", { from: "vitest/package.json", file: "vitest/package.json" }],
  ])("is told as missing where it %s", async (_, place) => {
    await expect(findPtyLibrary([place])).rejects.toMatchObject({
      code: "unavailable",
      reason: "feature_missing",
      effect: "none",
      details: { feature: "pty" },
    });
  });
});
