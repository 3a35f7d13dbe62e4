import { readFile } from "node:fs/promises";
import { initializeRawClient, spawnRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { daemonCommand, defaultSocket, executorTable } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { httpTable } from "../http-cli/support/http-table.js";
import { startAuthorizationServer } from "../oauth/support/authorization-server.js";
import { startProtectedServer } from "../oauth/support/protected-server.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { logIn } from "./support/log-in.js";
import { createOwnNetwork, ownNetworkProblem } from "./support/own-network.js";
import { shortTtlS, untilNearlyOver } from "./support/until-nearly-over.js";

const problem = ownNetworkProblem();
if (problem !== undefined) process.stderr.write(`skipped: an executor in a network of its own: ${problem}\n`);

test.skipIf(problem !== undefined)(
  "a login works where only the executor reaches the server and who gives tokens for it",
  async () => {
    await using stack = createDisposeStack();
    const scene = stack.use(await createScene());
    const network = stack.use(await createOwnNetwork(scene));
    const { wrapper } = network;
    const authorization = stack.use(await startAuthorizationServer({ wrapper, accessTokenTtlS: shortTtlS }));
    const server = stack.use(await startProtectedServer({ issuer: authorization.issuer, wrapper }));
    const daemon = stack.use(
      await spawnRawClient([...wrapper, ...daemonCommand(scene)], { env: scene.env, cwd: scene.folder.path }),
    );
    const { address, tokenFile } = await daemon.nextMessage(() => true);
    expect(address).toContain(defaultSocket(scene));
    const far = {
      address: String(address),
      tokenFile: typeof tokenFile === "string" ? tokenFile : undefined,
    };
    const port = await network.letIn(Number(new URL(authorization.issuer).port));
    const front = `oauth = { authorization_url = "http://127.0.0.1:${port}/auth" }`;
    await scene.configure(
      [
        'oauth_credentials_store = "file"',
        httpTable("web", server.url, ['executor = "far"', front]),
        httpTable("here", server.url),
        executorTable("far", far),
      ].join("\n"),
    );
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
    expect((await scene.fairlead(["call", "here", "echo"])).code).toBe(4);

    const login = await logIn(scene, ["login", "web"]);
    expect(login).toMatchObject({ exit: { code: 0 }, page: { status: 200 } });
    const kept = async (): Promise<unknown> => {
      const text = await readFile(scene.folder.file("home/credentials/credentials.json"), "utf8");
      return (JSON.parse(text) as { entries: readonly unknown[] }).entries[0];
    };
    const first = await kept();
    expect(first).toMatchObject({ executor: "far" });
    await untilNearlyOver(scene);
    const agent = await scene.start(["serve", "--server", "web"]);
    await initializeRawClient(agent);
    // The token is renewed first, from there too.
    const called = await agent.request("tools/call", { name: "echo", arguments: { text: "in" } });
    expect(called).toMatchObject({ result: { content: [{ text: "in" }] } });
    const { accessToken } = first as { accessToken: unknown };
    expect(await kept()).toMatchObject({
      executor: "far",
      accessToken: expect.not.stringContaining(String(accessToken)),
    });
    await agent[Symbol.asyncDispose]();
    const logout = await scene.fairlead(["logout", "web"]);
    // What could not be ended over there would be told.
    expect(logout).toMatchObject({ code: 0, stderr: "" });
  },
);
