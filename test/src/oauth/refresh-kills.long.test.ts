import { setTimeout as pause } from "node:timers/promises";
import { createTestRandom } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { startAuthorizationServer } from "./support/authorization-server.js";
import { createStoredLogin, expired, type StoredLogin } from "./support/token-users.js";

const rounds = 60;

test("killed at any moment, a renewal leaves a login that the next process can renew", async () => {
  const random = createTestRandom("refresh-kills");
  await using authorization = await startAuthorizationServer({ isRotating: false });
  await using login = await createStoredLogin(authorization, "http://127.0.0.1:9/mcp");
  const wholeMs = await timeOneRenewal(login);
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    await login.write({ ...(await login.read()), ...expired() });
    {
      await using victim = await login.startUser();
      await victim.go();
      await pause(random.integer(0, Math.ceil(wholeMs)));
      victim.kill();
      if ((await victim.exited).signal === "SIGKILL") killed += 1;
    }
    await using next = await login.startUser();
    await next.go();
    expect(await next.result()).toMatchObject({ accessToken: (await login.read()).accessToken });
    expect((await next.exited).code).toBe(0);
  }
  expect(killed).toBeGreaterThan(rounds / 4);
});

/** From the word to ask to the answer: the moments at which a kill can matter, however fast the machine is. */
async function timeOneRenewal(login: StoredLogin): Promise<number> {
  await login.write({ ...(await login.read()), ...expired() });
  await using user = await login.startUser();
  const startedAtMs = performance.now();
  await user.go();
  await user.result();
  return performance.now() - startedAtMs;
}
