import { readFileSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { connectExecutor } from "@fairlead/link";
import {
  binaryCommand,
  canCountProcesses,
  initializeRawClient,
  processesWithMarker,
  type RawClient,
  spawnRawClient,
  waitUntil,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchScript } from "../lifetimes/support/launch.js";
import { serverProcesses } from "../lifetimes/support/server-processes.js";
import { startHttpGateway } from "../serve-cli/support/http-gateway.js";

const patience = { withinMs: 15_000 };

/** As a careless system would start it: core files of any size, files that all can read, and what the loader goes by. */
const careless = 'ulimit -c "$(ulimit -H -c)"; umask 022; exec "$@"';
const loaderVariables = { LD_LIBRARY_PATH: "/nonexistent", LD_BIND_NOW: "1", DYLD_LIBRARY_PATH: "/none" };

interface Seen {
  readonly coreLimit: string;
  readonly coreFilter: string;
  readonly umask: string;
  readonly loaderVariables: readonly string[];
}

/** What the kernel tells of a process. */
function look(pid: number): Seen {
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "utf8");
  const environ = read("environ").split("\0");
  return {
    coreLimit: /^Max core file size +(\S+)/m.exec(read("limits"))?.[1] ?? "",
    coreFilter: read("coredump_filter").trim(),
    umask: /^Umask:\s*(\S+)/m.exec(read("status"))?.[1] ?? "",
    loaderVariables: environ
      .filter((entry) => /^(?:LD|DYLD)_/.test(entry))
      .map((entry) => entry.split("=")[0] ?? ""),
  };
}

const hardened = { coreLimit: "0", coreFilter: "00000000", umask: "0077" };
const usersOwn = { coreLimit: "0", coreFilter: "00000000", umask: "0022", loaderVariables: [] };

function start(scene: Scene, argv: readonly string[]): Promise<RawClient> {
  return spawnRawClient(["sh", "-c", careless, "sh", ...argv], {
    env: { ...scene.env, ...loaderVariables },
    cwd: scene.folder.path,
  });
}

function startExecutor(scene: Scene): Promise<RawClient> {
  const listen = ["--listen", `unix://${scene.folder.file("run/x.sock")}`];
  const argv = ["serve", "--json", ...listen, "--state-dir", scene.folder.file("home")];
  return start(scene, [...binaryCommand("fairlead-executor"), ...argv]);
}

const hasKernelView = canCountProcesses();

describe.skipIf(!hasKernelView)("a hardened process (only Linux shows limits and umasks of others)", () => {
  test("an executor says where it listens when it is hardened; its programs have the user's umask", async () => {
    await using scene = await createScene();
    await using daemon = await startExecutor(scene);
    const { address } = await daemon.nextMessage(() => true);
    expect(look(daemon.pid)).toMatchObject(hardened);
    await using session = await connectExecutor({
      url: String(address),
      clientName: "test",
      clientVersion: "0",
    });
    const { process, ready } = await launchScript(session, scene.marker, "read -r line");
    await ready;
    expect(look(process.pid)).toEqual(usersOwn);
    // Whoever asks by name gets what the executor was started with.
    const asked = await session.launcher.launch(
      { program: "sleep", args: ["600"], env: { inherit: ["LD_BIND_NOW"], set: { LD_DEBUG_OUTPUT: "/x" } } },
      { onOutput: () => {} },
    );
    expect(look(asked.pid).loaderVariables.toSorted()).toEqual(["LD_BIND_NOW", "LD_DEBUG_OUTPUT"]);
    for (const name of ["run", "run/trees"]) {
      expect((await stat(scene.folder.file(`home/${name}`))).mode & 0o077).toBe(0);
    }
  });

  test("a host is, its local executor is, and its servers are as the user would start them", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("files"));
    await using agent = await start(scene, [...binaryCommand("fairlead"), "serve"]);
    await initializeRawClient(agent);
    await agent.request("tools/call", { name: "files__echo", arguments: { text: "x" } });
    await waitUntil(() => look(agent.pid).coreLimit === "0", { ...patience, what: "A limit of 0" });
    expect(look(agent.pid)).toMatchObject(hardened);
    const executors = processesWithMarker(scene.marker).filter(({ cmdline }) =>
      cmdline.join(" ").includes("--exit-with-stdin"),
    );
    expect(executors.map(({ pid }) => look(pid))).toEqual([{ ...hardened, loaderVariables: [] }]);
    const servers = serverProcesses(scene);
    expect(servers.map(({ pid }) => look(pid))).toEqual([usersOwn]);
    expect(await modesBelow(scene.folder.file("home"))).toEqual([]);
    agent.closeStdin();
    await agent.exited;
  });

  test("a relay writes no memory to a core file either", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("files"));
    await startHttpGateway(scene);
    await using agent = await start(scene, [...binaryCommand("fairlead"), "serve"]);
    await initializeRawClient(agent);
    await waitUntil(() => look(agent.pid).coreLimit === "0", { ...patience, what: "A limit of 0" });
    expect(look(agent.pid).coreFilter).toBe("00000000");
    agent.closeStdin();
    await agent.exited;
  });
});

/** What others can read or enter below a folder; sockets are guarded by theirs. */
async function modesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    // The test wrote this one itself.
    if (stats === undefined || stats.isSocket() || name === "config.toml") return false;
    return (stats.mode & 0o077) !== 0;
  });
}

describe.skipIf(!hasKernelView)("standard streams", () => {
  test("that are closed at the start are taken by the null device, and by nothing else", async () => {
    await using scene = await createScene();
    const listen = `unix://${scene.folder.file("run/x.sock")}`;
    const argv = [...binaryCommand("fairlead-executor"), "serve", "--listen", listen];
    const more = ["--state-dir", scene.folder.file("home")];
    const closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"];
    await using daemon = await spawnRawClient([...closed, ...argv, ...more], {
      env: scene.env,
      cwd: scene.folder.path,
    });
    const session = await waitUntil(
      () => connectExecutor({ url: listen, clientName: "test", clientVersion: "0" }).catch(() => undefined),
      { ...patience, what: "The executor" },
    );
    await using _session = session;
    const { ready } = await launchScript(session, scene.marker, "echo fine");
    expect(await ready).toBe("fine");
    for (const fd of [0, 1, 2]) {
      expect(statSync(`/proc/${daemon.pid}/fd/${fd}`).rdev).toBe(statSync("/dev/null").rdev);
    }
  });

  test("that break later end what is said, and not who says it", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("files"));
    // Its stderr is a pipe that nobody reads; its stdin and stdout are the agent's.
    const unread = ["sh", "-c", '{ "$@" 2>&1 <&5 >&4 | true; } 4>&1 5<&0', "sh"];
    const agent = await spawnRawClient([...unread, ...binaryCommand("fairlead"), "serve"], {
      env: scene.env,
      cwd: scene.folder.path,
    });
    await using _agent = agent;
    await initializeRawClient(agent);
    for (const text of ["one", "two", "three"]) {
      const said = await agent.request("tools/call", { name: "files__stderr", arguments: { text } });
      expect(said.error).toBeUndefined();
    }
    const answer = await agent.request("tools/call", { name: "files__echo", arguments: { text: "alive" } });
    expect(JSON.stringify(answer)).toContain("alive");
    agent.closeStdin();
    await agent.exited;
    expect(agent.junk).toEqual([]);
  });
});
