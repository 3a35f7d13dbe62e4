import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { binaryCommand, type CommandResult, processesWithMarker, runCommand } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { makeSmallSystemd, type SmallSystemd } from "./support/small-systemd.js";

let scene: Scene;
let systemd: SmallSystemd;
beforeEach(async () => {
  scene = await createScene();
  systemd = await makeSmallSystemd(scene);
});
afterEach(async () => scene[Symbol.asyncDispose]());

function type(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return runCommand([...binaryCommand("fairlead-executor"), ...args], {
    env: { ...systemd.env, ...env },
    cwd: scene.folder.path,
  });
}

async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await type([...args, "--json"]);
  return JSON.parse(ran.stdout === "" ? ran.stderr : ran.stdout) as Record<string, unknown>;
}

const unitText = (): Promise<string | undefined> => readFile(systemd.unit, "utf8").catch(() => undefined);
const unit = "fairlead-executor.service";
const isLinux = process.platform === "linux";

describe.skipIf(!isLinux)("an installed executor (systemd is on Linux only)", () => {
  test("runs, says so, changes when told, and leaves nothing behind but its token", async () => {
    const listen = ["--listen", "127.0.0.1:0"];
    const installed = await type(["install", ...listen]);
    expect(installed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Installed ${systemd.unit}`),
    });
    expect(installed.stdout).toContain(
      `Hosts need the token in ${scene.env["FAIRLEAD_HOME"]}/executor.token`,
    );
    expect(installed.stderr).toContain("loginctl enable-linger");
    expect(await systemd.calls()).toEqual(["daemon-reload", `enable ${unit}`, `restart ${unit}`]);

    const first = await json(["status"]);
    expect(first).toMatchObject({
      system: "systemd",
      installed: true,
      owner: "own",
      running: true,
      state: "active",
      missing: [],
      address: expect.stringMatching(/^grpc:\/\/127\.0\.0\.1:\d+$/),
    });
    const tokenFile = scene.folder.file("home/executor.token");
    const machine = ["devbox", String(first["address"]), "--token-file", tokenFile];
    const added = await scene.fairlead(["executor", "add", ...machine]);
    expect(added).toMatchObject({ code: 0 });

    expect(await json(["install", ...listen])).toMatchObject({ changed: false, pid: first["pid"] });
    expect(await systemd.calls()).toEqual(["daemon-reload", `enable ${unit}`, `start ${unit}`]);

    const changed = await json(["install"]);
    expect(changed).toMatchObject({
      changed: true,
      address: expect.stringMatching(/^unix:\/\/.*executor\.sock$/),
    });
    expect(changed["pid"]).not.toBe(first["pid"]);
    expect((await type(["status"])).stdout).toMatch(/^Running for \d+ s, since .*\(process \d+\)$/m);
    await systemd.calls();

    expect(await type(["uninstall"])).toMatchObject({ code: 0, stdout: `Removed ${systemd.unit}\n` });
    expect(await systemd.calls()).toEqual([`disable --now ${unit}`, "daemon-reload", `reset-failed ${unit}`]);
    expect(await readdir(dirname(systemd.unit))).toEqual([]);
    expect(processesWithMarker(scene.marker)).toEqual([]);
    expect(await type(["status"])).toMatchObject({
      code: 5,
      stdout: expect.stringContaining("Not installed"),
    });
    expect(await type(["uninstall"])).toMatchObject({ code: 5 });
    expect(existsSync(scene.folder.file("home/executor.token"))).toBe(true);
  });

  test("is shown before it is there: the file, and the commands", async () => {
    const shown = await type(["install", "--dry-run", "--listen", "127.0.0.1:7040"]);
    expect(shown.stdout).toContain(`${systemd.unit}:\n\n# Written by fairlead-executor install`);
    expect(shown.stdout).toContain('"serve" "--listen" "127.0.0.1:7040"');
    expect(shown.stdout).toContain(`\nsystemctl --user restart ${unit}\n`);
    expect([await systemd.calls(), existsSync(dirname(systemd.unit))]).toEqual([[], false]);
  });

  test("of whom others could read the token, or hear what is said, is refused as serve refuses it", async () => {
    const token = await scene.folder.write("open.token", `${"t".repeat(40)}\n`);
    await chmod(token, 0o644);
    const tcp = ["--listen", "127.0.0.1:0"];
    for (const [args, words] of [
      [["--listen", "0.0.0.0:1"], "in plain text"],
      [["--listen", "nowhere"], "nowhere"],
      [[...tcp, "--token-file", token], "chmod 600"],
      [[...tcp, "--tls-cert", "x"], "--tls-key"],
      [["--state-dir", "/none/such"], "/none/such"],
    ] as const) {
      const refused = await type(["install", ...args]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect([await systemd.calls(), await unitText()]).toEqual([[], undefined]);
  });

  test("replaces no file that somebody else wrote or changed, and removes none, unless it is told to", async () => {
    await mkdir(dirname(systemd.unit), { recursive: true });
    await writeFile(systemd.unit, "[Service]\nExecStart=/bin/true\n");
    for (const command of ["install", "uninstall"]) {
      expect(await type([command])).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("was not written by"),
      });
    }
    expect([await systemd.calls(), await unitText()]).toEqual([[], "[Service]\nExecStart=/bin/true\n"]);
    expect(await json(["install", "--force"])).toMatchObject({ changed: true });
    await writeFile(systemd.unit, `${(await unitText()) ?? ""}# by hand\n`);
    for (const command of ["install", "uninstall"]) {
      expect(await type([command])).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("was changed since"),
      });
    }
    expect((await type(["status"])).stdout).toContain("(changed by hand)");
    expect(await type(["uninstall", "--force"])).toMatchObject({ code: 0 });
    expect(await unitText()).toBeUndefined();
  });

  test("cannot be where systemd is not, or cannot be reached; nothing is written then", async () => {
    const absent = await type(["install"], { PATH: "/nonexistent" });
    expect(absent).toMatchObject({ code: 4, stderr: expect.stringContaining("There is no systemd here") });
    await systemd.break("show", "Failed to connect to bus: No medium found");
    const unreachable = await type(["install"]);
    expect(unreachable).toMatchObject({ code: 4, stderr: expect.stringContaining("No medium found") });
    expect(unreachable.stderr).toContain("XDG_RUNTIME_DIR");
    expect(await unitText()).toBeUndefined();
  });

  test("that systemd refuses leaves the unit that was there before", async () => {
    await type(["install"]);
    const before = await unitText();
    await systemd.break("restart", "Job failed");
    const refused = await type(["install", "--listen", "127.0.0.1:0"]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("Job failed") });
    expect(await unitText()).toBe(before);
    expect(await type(["uninstall"])).toMatchObject({ code: 0 });
  });

  test("whose new form does not start runs again as it was before", async () => {
    const { pid } = await json(["install"]);
    const before = await unitText();
    await systemd.calls();
    await systemd.break("restart", "Job failed", "once");
    const refused = await type(["install", "--listen", "127.0.0.1:0"]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("Job failed") });
    expect(refused.stderr).toContain(`${systemd.unit} is as it was before, and was started again`);
    const start = ["daemon-reload", `enable ${unit}`, `restart ${unit}`];
    expect(await systemd.calls()).toEqual([...start, ...start]);
    expect(await unitText()).toBe(before);
    const again = await json(["install"]);
    expect(again).toMatchObject({ changed: false, address: expect.stringMatching(/^unix:/) });
    expect(again["pid"]).not.toBe(pid);
  });

  test("that never started leaves nothing behind, on disk or in systemd's memory", async () => {
    await systemd.break("restart", "Job failed");
    const refused = await type(["install"]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("Job failed") });
    expect((await systemd.calls()).slice(3)).toEqual([
      `disable --now ${unit}`,
      "daemon-reload",
      `reset-failed ${unit}`,
    ]);
    expect(await readdir(dirname(systemd.unit))).toEqual([]);
    expect(processesWithMarker(scene.marker)).toEqual([]);
  });

  test("that ends as soon as it is started is told, with the line that shows why", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    const failed = await type(["install", "--listen", `127.0.0.1:${port}`]);
    other.close();
    expect(failed).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("journalctl --user -u fairlead-executor"),
    });
    const status = await type(["status"]);
    expect(status).toMatchObject({
      code: 4,
      stdout: expect.stringContaining("Not running (systemd: failed"),
    });
  });

  test("that lies among temporary files is installed, with a warning", async () => {
    expect((await type(["install"])).stderr).not.toContain("temporary");
    const warned = await type(["install"], { TMPDIR: dirname(process.cwd()) });
    expect(warned).toMatchObject({ code: 0, stderr: expect.stringContaining("lies among temporary files") });
  });

  test("whose runtime is gone is told by status", async () => {
    await type(["install"]);
    const text = (await unitText()) ?? "";
    await writeFile(systemd.unit, text.replace(/^ExecStart="[^"]*"/m, 'ExecStart="/none/v1/bin/node"'));
    expect((await type(["status"])).stdout).toContain("/none/v1/bin/node is gone");
    expect((await json(["status"]))["missing"]).toEqual(["/none/v1/bin/node"]);
  });

  test("of systemd's own mind is a unit in which nothing is wrong", async ({ skip }) => {
    const { content } = await json(["install", "--dry-run"]);
    const verify = async (text: string): Promise<string | undefined> => {
      const path = await scene.folder.write(unit, text);
      const argv = ["systemd-analyze", "--user", "verify", path];
      const env = { ...systemd.env, XDG_RUNTIME_DIR: scene.folder.path };
      return (await runCommand(argv, { env }).catch(() => undefined))?.stderr;
    };
    const mistake = await verify(`${String(content)}Nonsense=1\n`);
    if (mistake === undefined) skip("there is no systemd-analyze here");
    expect(mistake).toContain("Nonsense");
    expect(await verify(String(content))).toBe("");
  });
});
