import { fileURLToPath } from "node:url";
import { connectExecutor } from "@fairlead/link";
import {
  createMarker,
  fixtureServerPath,
  initializeRawClient,
  processesWithMarker,
  waitUntilGone,
} from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../servers/support/output-of.js";
import { callText, toolNames } from "./support/agent-calls.js";
import { findWine } from "./support/find-wine.js";
import { type Site, startSite } from "./support/site.js";
import { tomlTable } from "./support/toml.js";
import { consoleLauncher, hadNoConsole, withWineConsole } from "./support/wine-console.js";
import { ownFolder } from "./support/wine-machine.js";

// What needs more than one host and one machine, and what only Windows has.
const wine = findWine("Windows beside others");
let opened: Site | undefined;
beforeAll(async () => {
  if (wine !== undefined) opened = await startSite(wine);
}, 180_000);
afterAll(async () => opened?.[Symbol.asyncDispose](), 60_000);

function site(): Site {
  if (opened === undefined) throw new Error("There is no site");
  return opened;
}

describe.skipIf(wine === undefined)("Windows beside others", () => {
  test("an agent on Linux sees servers of here, of Linux and of Windows in one list", async () => {
    const { columns, endpoints, scene } = site();
    const marker = createMarker();
    const places = {
      near: await columns.local.userFolder("near"),
      linux: await columns["Linux executor"].userFolder("far"),
      windows: await columns["Windows executor"].userFolder("share"),
    };
    const server = (column: "local" | "Linux executor" | "Windows executor") =>
      columns[column].node(fixtureServerPath, "--marker", marker);
    await scene.configure(
      [
        ...(["linux", "windows"] as const).map((name) =>
          tomlTable(`executors.${name}`, { url: endpoints[name].address, token_env: `${name}_key` }),
        ),
        tomlTable("mcp_servers.near", { ...server("local"), cwd: places.near.spelled }),
        tomlTable("mcp_servers.linux", {
          ...server("Linux executor"),
          cwd: places.linux.spelled,
          executor: "linux",
        }),
        tomlTable("mcp_servers.windows", {
          ...server("Windows executor"),
          cwd: places.windows.spelled,
          executor: "windows",
        }),
      ].join("\n"),
    );
    const env = { linux_key: endpoints.linux.token, windows_key: endpoints.windows.token };
    const agent = await scene.start(["serve"], { env });
    await initializeRawClient(agent, { timeoutMs: 60_000 });
    const names = await toolNames(agent);
    for (const name of ["near", "linux", "windows"] as const) {
      expect(names).toContain(`${name}__cwd`);
      const cwd = await callText(agent, `${name}__cwd`);
      expect(cwd.toLowerCase()).toBe(places[name].spelled.toLowerCase());
    }
    expect(processesWithMarker(marker)).not.toEqual([]);
    agent.closeStdin();
    expect((await agent.exited).code).toBe(0);
    await waitUntilGone(marker, { withinMs: 20_000 });
  });

  test("an agent on Windows has a server in a POSIX folder of a Linux machine", async () => {
    const { columns } = site();
    const column = columns["Linux executor from a Windows host"];
    const marker = createMarker();
    const { spelled: cwd } = await column.userFolder("work");
    await column.configure({ work: { ...column.node(fixtureServerPath, "--marker", marker), cwd } });
    await using agent = await column.serve();
    await initializeRawClient(agent, { timeoutMs: 60_000 });
    expect(await toolNames(agent)).toContain("work__cwd");
    expect(await callText(agent, "work__cwd")).toBe(cwd);
    expect(processesWithMarker(marker)).not.toEqual([]);
    agent.closeStdin();
    expect((await agent.exited).code).toBe(0);
    await waitUntilGone(marker, { withinMs: 20_000 });
  });

  test("a program there has a terminal", async () => {
    const { address, token } = site().endpoints.windows;
    await using session = await connectExecutor({
      url: address,
      token,
      name: "windows",
      clientName: "test",
      clientVersion: "0",
    });
    const shown = 'console.log(`${process.stdout.isTTY ? "a terminal" : "none"} ${process.stdout.columns}`)';
    const said = await withWineConsole(async () => {
      const chunks: Uint8Array[] = [];
      await using child = await session.launcher.launch(
        {
          program: consoleLauncher,
          args: ["C:\\nodejs\\node.exe", "-e", shown],
          stdio: { mode: "pty", columns: 80, rows: 24 },
        },
        { onOutput: (_name, chunk) => void chunks.push(chunk) },
      );
      await child.closed;
      return hadNoConsole(await child.exited) ? undefined : Buffer.concat(chunks).toString("utf8");
    });
    expect(said).toContain("a terminal 80");
  });

  test("credentials are kept in the Credential Manager, each in at most 2,560 bytes", async () => {
    const column = site().columns["Windows executor"];
    const account = createMarker();
    const helper = `${ownFolder}\\app\\dist\\bundle\\keyring-helper.js`;
    await column.configure({});
    const ask = async (...operations: readonly object[]): Promise<unknown> => {
      const request = Buffer.from(JSON.stringify({ version: 1, operations })).toString("base64url");
      const script = fileURLToPath(new URL("./fixtures/keyring-client.mjs", import.meta.url));
      const { command, args = [] } = column.node(script, helper, request);
      const ran = await column.fairlead(["run", "--executor", "far", "--", command, ...args]);
      return (JSON.parse(outputOf(ran)) as { answers: unknown }).answers;
    };
    const get = { do: "get", account };
    expect(await ask(get, { do: "set", account, value: "größer als 1" })).toEqual([
      { kind: "absent" },
      { kind: "done" },
    ]);
    expect(await ask(get)).toEqual([{ kind: "found", value: "größer als 1" }]);
    const tooLong = await ask({ do: "set", account, value: "x".repeat(3_000) });
    expect(tooLong).toMatchObject([{ kind: "unavailable" }]);
    expect(await ask({ do: "remove", account }, get)).toEqual([{ kind: "done" }, { kind: "absent" }]);
  });
});
