import { startExecutor } from "@fairlead/executor";
import { connectExecutor } from "@fairlead/link";
import { createTempFolder } from "@fairlead/testkit";
import { expect, test } from "vitest";

test.each([
  [0, 1_000],
  [5_000, 5_000],
  [3_600_000, 600_000],
])("a client that wishes %i ms without it is granted %i", async (detachTtlMs, granted) => {
  await using folder = await createTempFolder();
  const listen = `unix://${folder.file("x.sock")}`;
  await using _executor = await startExecutor({ listen, stateDir: folder.path, version: "0" });
  await using session = await connectExecutor({
    url: listen,
    clientName: "test",
    clientVersion: "0",
    detachTtlMs,
  });
  expect(session.grantedDetachTtlMs).toBe(granted);
  expect((await session.describe()).sessions).toBe(1);
});
