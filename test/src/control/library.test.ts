import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startExecutor } from "@fairlead/executor";
import { createHost } from "@fairlead/host";
import { canCountProcesses, createMarker, waitUntil, waitUntilGone, workspaceRoot } from "@fairlead/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { codeBlocks } from "../readme/code-blocks.js";
import { createNewcomer } from "../readme/newcomer.js";
import { runLibraryExample } from "./support/library-example.js";
import { openHost } from "./support/open-host.js";

afterEach(() => void vi.unstubAllEnvs());

test.skipIf(process.platform === "win32")("the example of docs/library.md does what it says", async () => {
  // Their `npx` runs installed packages, so that no registry is needed.
  await using user = await createNewcomer();
  vi.stubEnv("PATH", user.env["PATH"]);
  const stateDir = user.home.path;
  await using devbox = await startExecutor({ listen: `unix://${stateDir}/x.sock`, stateDir, version: "0" });
  vi.stubEnv("DEVBOX_URL", devbox.address);
  const lines: string[] = [];
  await runLibraryExample((line) => lines.push(line));
  expect(lines).toEqual([
    expect.stringMatching(/^\d+ tools$/),
    "Echo: hello",
    "Allowed directories:\n/",
    "external context: true",
    "stdout: hello\n",
    "ended with 0",
  ]);
});

test("the example of docs/library.md is the one that is run", async () => {
  const page = await readFile(join(workspaceRoot(), "docs/library.md"), "utf8");
  const shown = codeBlocks(page).filter(({ language }) => language === "ts");
  const file = join(workspaceRoot(), "test/src/control/support/library-example.ts");
  const [imports, program] = (await readFile(file, "utf8")).split(/\n\n\/\*\*.+\*\/\n/);
  const body = (program ?? "").split("\n").slice(1, -2);
  expect(shown.map(({ text }) => text).join("\n")).toBe(
    `${imports}\n\n${body.map((line) => line.replace(/^ {2}/, "")).join("\n")}\n`,
  );
});

describe.skipIf(!canCountProcesses())("sessions of a library host", () => {
  test("far more output than is kept comes whole to whoever listened from the start", async () => {
    await using host = openHost();
    const { sessions } = host.control;
    const totalBytes = 16 * 1024 * 1024;
    const script = `read x; yes 0123456789abcde | head -c ${totalBytes}; printf end >&2; read x`;
    const { sessionId } = await sessions.create({ program: "sh", args: ["-c", script] });
    const told = sessions.listen(sessionId);
    await sessions.send({ sessionId, data: "go\n" });
    let bytes = 0;
    for await (const message of told) {
      if (message.type !== "event" || message.event.type !== "output") continue;
      expect(message.event.offset).toBe(bytes);
      bytes += Buffer.byteLength(message.event.data ?? "");
      if (bytes === totalBytes + 3) break;
    }
    const state = (await sessions.listen(sessionId).next()).value;
    expect(state).toMatchObject({ type: "initialState", offset: totalBytes + 3 - 256 * 1024 });
    await sessions.stop(sessionId);
  });

  test("the end of the host ends programs, and everything that they started", async () => {
    const marker = createMarker();
    const host = openHost();
    const script = "trap '' TERM; sleep 600 & sleep 600 & wait";
    const env = { FAIRLEAD_TEST_MARKER: marker };
    const { sessionId } = await host.control.sessions.create({ program: "sh", args: ["-c", script], env });
    const told: unknown[] = [];
    host.control.sessions.addListener(sessionId, ({ type }) => told.push(type));
    await waitUntil(() => host.control.sessions.list().length === 1, {
      withinMs: 1_000,
      what: "The session",
    });
    await host.close();
    await waitUntilGone(marker, { withinMs: 2_000 });
    expect(told).toEqual(["initialState", "event", "cancelled"]);
  });

  test("a host that was made without a machine says so", async () => {
    await using host = createHost({ version: "1.0.0", servers: [] });
    await expect(host.control.sessions.create({ program: "true" })).rejects.toMatchObject({
      code: "unavailable",
      reason: "feature_missing",
    });
    await expect(host.control.reload()).rejects.toMatchObject({ reason: "feature_missing" });
  });
});
