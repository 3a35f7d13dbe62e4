import { expect, test } from "vitest";
import { startAuthorizationServer } from "./support/authorization-server.js";
import { expectOneCallForSix, slowly } from "./support/six-processes.js";

test("a hundred times in a row, six processes with one login that has run out make one token call", async () => {
  await using authorization = await startAuthorizationServer();
  await authorization.fault(slowly);
  for (let run = 1; run <= 100; run += 1) {
    await expectOneCallForSix(authorization, `http://127.0.0.1:9/mcp-${run}`);
  }
  const { reuses, mostAtOnce, tokenCalls } = await authorization.counters();
  expect([tokenCalls["refresh_token"], reuses, mostAtOnce]).toEqual([100, 0, 1]);
});
