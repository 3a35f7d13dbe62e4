import { randomBytes } from "node:crypto";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  canCountProcesses,
  processesMatching,
  processesWithMarker,
  runCommand,
  spawnRawClient,
  waitUntil,
  waitUntilGone,
  workspaceRoot,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import {
  createDesktop,
  keyringUserArgv,
  runKeyringUser,
  whyNoKeyring,
  whyNoLibrary,
} from "./support/session-bus.js";
import { startSilentBus } from "./support/silent-bus.js";

const why = await whyNoKeyring();
if (why !== undefined) process.stdout.write(`keyring.long.test.ts skips what needs a real keyring: ${why}\n`);

const whyNoHang = canCountProcesses() ? await whyNoLibrary() : "processes can be counted on Linux only";
if (whyNoHang !== undefined)
  process.stdout.write(`keyring.long.test.ts skips the silent bus: ${whyNoHang}\n`);

const sealed = "credentials.sealed.json";
const plain = "credentials.json";

describe.skipIf(why !== undefined)("a real Secret Service", () => {
  test("keeps the key of the sealed file over sessions, and auto takes it", async () => {
    await using desktop = await createDesktop();
    const first = await desktop.run("unlocked", "auto", [["open"], ["write", "one"], ["write", "two"]]);
    expect(first).toMatchObject({ answers: ["encrypted", null, null], warnings: [], code: 0 });
    const text = await readFile(join(desktop.folder, sealed), "utf8");
    expect(text).not.toContain("canary");
    expect((await readdir(desktop.folder)).toSorted()).toEqual([sealed, "locks"]);
    const second = await desktop.run("unlocked", "encrypted", [
      ["open"],
      ["read", "one"],
      ["remove", "one"],
      ["read", "one"],
      ["list"],
    ]);
    expect(second).toMatchObject({
      answers: [
        "encrypted",
        { kind: "found", value: { accessToken: "canary-token-one" } },
        true,
        { kind: "absent" },
        { kind: "found", value: [{ accessToken: "canary-token-two" }] },
      ],
      code: 0,
    });
    await waitUntilGone(desktop.path, { withinMs: 5_000 });
  });

  test("that is locked makes what is sealed unavailable and loses nothing; auto opens no second place", async () => {
    await using desktop = await createDesktop();
    await desktop.run("unlocked", "encrypted", [["open"], ["write", "one"]]);
    const text = await readFile(join(desktop.folder, sealed), "utf8");
    const named = await desktop.run("locked", "encrypted", [
      ["open"],
      ["read", "one"],
      ["write", "two"],
      ["remove", "one"],
    ]);
    expect(named).toMatchObject({
      answers: [
        "encrypted",
        { kind: "unavailable", reason: expect.stringContaining("The keyring cannot be used") as string },
        { error: { code: "unavailable" } },
        { error: { code: "unavailable" } },
      ],
      warnings: [],
      code: 0,
    });
    const chosen = await desktop.run("locked", "auto", [["open"], ["read", "one"], ["write", "three"]]);
    expect(chosen).toMatchObject({
      answers: [
        "encrypted",
        { kind: "unavailable", reason: expect.stringContaining(join(desktop.folder, sealed)) as string },
        { error: { code: "unavailable" } },
      ],
      warnings: [],
      code: 0,
    });
    expect(await readdir(desktop.folder)).not.toContain(plain);
    expect(await readFile(join(desktop.folder, sealed), "utf8")).toBe(text);
    const again = await desktop.run("unlocked", "auto", [["open"], ["list"]]);
    expect(again).toMatchObject({ answers: ["encrypted", { value: [{ serverName: "one" }] }], warnings: [] });
  });

  test.each(["no keyring", "no bus"] as const)(
    "that is absent (%s) makes auto take the file",
    async (bus) => {
      await using desktop = await createDesktop();
      const run = await desktop.run(bus, "auto", [["open"], ["write", "one"], ["read", "one"]]);
      expect(run).toMatchObject({ answers: ["file", null, { kind: "found" }], code: 0 });
      expect(run.warnings).toHaveLength(1);
      expect(await readdir(desktop.folder)).toContain(plain);
      const named = await desktop.run(bus, "keyring", [["open"], ["read", "one"], ["write", "one"]]);
      expect(named).toMatchObject({
        answers: ["encrypted", { kind: "unavailable" }, { error: { code: "unavailable" } }],
        warnings: [],
      });
      expect(await readdir(desktop.folder)).not.toContain(sealed);
    },
  );

  test("takes over what auto kept without it, which is told to whoever is still without it", async () => {
    await using desktop = await createDesktop();
    const without = await desktop.run("no bus", "auto", [["open"], ["write", "one"]]);
    expect(without).toMatchObject({ answers: ["file", null] });
    const having = await desktop.run("unlocked", "auto", [["open"], ["list"]]);
    expect(having).toMatchObject({ answers: ["encrypted", { value: [{ serverName: "one" }] }] });
    expect(await readFile(join(desktop.folder, plain), "utf8")).not.toContain("canary");
    const again = await desktop.run("no bus", "auto", [["open"], ["read", "one"], ["remove", "one"]]);
    expect(again).toMatchObject({
      answers: ["encrypted", { kind: "unavailable" }, { error: { code: "unavailable" } }],
    });
  });

  test("that never answers costs 3.5 s where it holds the key of a sealed file too", async () => {
    await using desktop = await createDesktop();
    await desktop.run("unlocked", "encrypted", [["open"], ["write", "one"]]);
    await using bus = await startSilentBus(desktop.path);
    const run = await runKeyringUser(
      [],
      { ...desktop.env, DBUS_SESSION_BUS_ADDRESS: bus.address },
      {
        folder: desktop.folder,
        setting: "auto",
        steps: [["open"], ["read", "one"], ["list"], ["read", "x"]],
      },
    );
    expect(run).toMatchObject({
      answers: ["encrypted", { kind: "unavailable" }, { kind: "unavailable" }, { kind: "unavailable" }],
      code: 0,
    });
    expect(bus.callers).toBe(1);
    expect(run.tookMs[1]).toBeLessThan(3_500);
  });

  test("gives up what it kept itself, once the sealed file has it", async () => {
    await using desktop = await createDesktop();
    const direct = await desktop.run("unlocked", "keyring-direct", [["open"], ["write", "one"], ["list"]]);
    expect(direct).toMatchObject({ answers: ["keyring-direct", null, { value: [{ serverName: "one" }] }] });
    const moved = await desktop.run("unlocked", "encrypted", [["open"], ["read", "one"]]);
    expect(moved).toMatchObject({
      answers: ["encrypted", { kind: "found", value: { accessToken: "canary-token-one" } }],
    });
    const left = await desktop.run("unlocked", "keyring-direct", [
      ["open"],
      ["list"],
      ["get", "credentials-index"],
    ]);
    expect(left).toMatchObject({
      answers: ["keyring-direct", { kind: "found", value: [] }, { kind: "absent" }],
    });
  });

  test("gives what it keeps to the bundled helper too", async () => {
    await using desktop = await createDesktop();
    const helper = join(workspaceRoot(), "packages", "cli", "dist", "bundle", "keyring-helper.js");
    const request =
      '{"version":1,"operations":[{"do":"set","account":"a","value":"v"},{"do":"get","account":"a"}]}';
    // The input must stay open: its end tells the helper that its parent is gone.
    const script =
      'printf %s pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; mkfifo "$HOME/in"; exec 3<>"$HOME/in"; echo "$1" >&3; exec "$2" "$3" <&3';
    const argv = ["dbus-run-session", "--", "sh", "-c", script, "sh", request, process.execPath, helper];
    const { stdout, code } = await runCommand(argv, { env: desktop.env });
    expect(stdout).toContain('{"version":1,"answers":[{"kind":"done"},{"kind":"found","value":"v"}]}\n');
    expect(code).toBe(0);
  });
});

describe.skipIf(process.platform === "win32")("a machine without the keyring's library", () => {
  test("is told so by the helper, which ends as it should", async () => {
    await using desktop = await createDesktop();
    const built = join(workspaceRoot(), "packages", "oauth", "dist", "keyring");
    await cp(built, join(desktop.path, "helper"), { recursive: true });
    await writeFile(join(desktop.path, "package.json"), '{"type":"module"}');
    const request = '{"version":1,"operations":[{"do":"set","account":"a","value":"canary"}]}';
    const script = 'mkfifo "$HOME/in"; exec 3<>"$HOME/in"; echo "$1" >&3; exec "$2" "$3" <&3';
    const helper = join(desktop.path, "helper", "keyring-helper-main.js");
    const argv = ["sh", "-c", script, "sh", request, process.execPath, helper];
    const { stdout, stderr, code } = await runCommand(argv, { env: desktop.env });
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      answers: [
        {
          kind: "unavailable",
          reason: "the optional package @napi-rs/keyring cannot be loaded here (ERR_MODULE_NOT_FOUND)",
        },
      ],
    });
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe.skipIf(whyNoHang !== undefined)("a bus that never answers", () => {
  test("costs auto 3.5 s and one warning, once, and the process ends as it should", async () => {
    await using desktop = await createDesktop();
    await using bus = await startSilentBus(desktop.path);
    const run = await runKeyringUser(
      [],
      { ...desktop.env, DBUS_SESSION_BUS_ADDRESS: bus.address },
      {
        folder: desktop.folder,
        setting: "auto",
        steps: [["open"], ["write", "one"], ["open"], ["read", "one"], ["get", "x"]],
      },
    );
    expect(run).toMatchObject({
      answers: ["file", null, "file", { kind: "found" }, { kind: "unavailable" }],
      warnings: [expect.stringContaining("did not answer within 3000 ms") as string],
      code: 0,
    });
    expect(bus.callers).toBe(1);
    expect(run.tookMs[0]).toBeLessThan(3_500);
    expect(run.tookMs.slice(1).reduce((sum, tookMs) => sum + tookMs, 0)).toBeLessThan(1_000);
    await waitUntilGone(desktop.path, { withinMs: 2_000 });
  });

  test("shows no secret in arguments or environments, and its helper ends with a parent that is killed", async () => {
    await using desktop = await createDesktop();
    await using bus = await startSilentBus(desktop.path);
    const env = { ...desktop.env, DBUS_SESSION_BUS_ADDRESS: bus.address };
    await using user = await spawnRawClient(keyringUserArgv, { env });
    // Other suites have canaries of their own in environments meanwhile.
    const canary = randomBytes(12).toString("hex");
    const steps = [["set", `account-${canary}`, `value-${canary}`]];
    await user.sendRaw(`${JSON.stringify({ folder: desktop.folder, setting: "encrypted", steps })}\n`);
    await waitUntil(() => bus.callers > 0, { withinMs: 20_000, what: () => `A call (${user.stderr()})` });
    expect(processesWithMarker(desktop.path).length).toBeGreaterThan(1);
    const shown = processesMatching(({ cmdline, environ = [] }) =>
      [...cmdline, ...environ].some((text) => text.includes(canary)),
    );
    expect(shown).toEqual([]);
    user.kill("SIGKILL");
    await waitUntilGone(desktop.path, { withinMs: 2_000 });
  });
});
