import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checkNodeVersion } from "./node-version.js";

test.each([
  ["18.20.0", "failed"],
  ["20.19.9", "failed"],
  ["20.20.0", "ok"],
  ["22.1.0", "ok"],
])("Node.js %s is %s", (version, status) => {
  expect(checkNodeVersion(version)).toMatchObject({ status });
});

test("the oldest one is that of package.json", async () => {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
  const [major = 0, minor = 0] = engines.node.replace(">=", "").split(".").map(Number);
  expect(checkNodeVersion(`${major}.${minor}.0`)).toMatchObject({ status: "ok" });
  expect(checkNodeVersion(`${major}.${minor - 1}.0`)).toMatchObject({ status: "failed" });
});
