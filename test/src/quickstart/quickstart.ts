import type { Launcher, StopReport } from "@fairlead/core";
import { connectExecutor } from "@fairlead/link";
import type { McpConnection } from "@fairlead/mcp";
import { createMarker, createTempFolder } from "@fairlead/testkit";
import { callTool, type DemoCall, type DemoServer, openDemoServer, toolNames } from "./demo-server.js";
import { startExecutorProcess } from "./executor-process.js";
import { type Narrator, oneLine } from "./narrator.js";
import { countRunning, proveNoneLeft, type Started } from "./survivors.js";

const markerName = "FAIRLEAD_QUICKSTART";

/**
 * Shows the whole line on this machine: an executor in a process of its own, two real servers launched through it, a
 * tool call to each, and the proof that nothing is left. Stops what it started also where a step fails.
 */
export async function quickstart(narrator: Narrator): Promise<void> {
  const marker = createMarker();
  const pids: number[] = [];
  narrator.say("Fairlead: MCP servers run on the machine where they belong.");
  narrator.say("Here both ends are this machine; the way is the same as to a devbox.");
  narrator.say();
  narrator.say("  this process ── gRPC, unix socket ──► executor ── stdio ──► MCP server");
  narrator.say();
  {
    await using home = await createTempFolder("fl-quick-");
    await using executor = await narrator.hop(
      () => startExecutorProcess(home, { [markerName]: marker }),
      ({ pid }) => `executor started as a process of its own (pid ${pid})`,
    );
    pids.push(executor.pid);
    await using session = await narrator.hop(
      (signal) =>
        connectExecutor({
          url: executor.address,
          clientName: "quickstart",
          clientVersion: "0.1.0",
          signal,
        }),
      ({ machine }) => `session opened; the executor runs on ${machine.os} ${machine.arch}`,
    );
    const stage: Stage = { narrator, launcher: recordPids(session.launcher, pids), marker, pids };
    await home.write("work/hello.txt", "Hello from the executor's disk.\n");
    await using echoing = await useServer(stage, everything, {
      tool: "echo",
      arguments: { message: "hello, executor" },
    });
    await using listing = await useServer(stage, files(home.file("work")), {
      tool: "list_directory",
      arguments: { path: home.file("work") },
    });
    narrator.say();
    narrator.say(`  Stopping everything: ${countRunning(stage)} processes are running`);
    await narrator.hop(() => echoing.close(), tellStop("everything"));
    await narrator.hop(() => listing.close(), tellStop("files"));
    await narrator.hop(
      () => session.close(),
      () => "session closed",
    );
    await narrator.hop(
      () => executor.close(),
      () => "executor ended",
    );
  }
  await narrator.hop(
    () => proveNoneLeft({ marker, pids }),
    (where) => `no process is left (looked ${where})`,
  );
  sayNext(narrator);
}

const everything: DemoServer = {
  name: "everything",
  packageName: "@modelcontextprotocol/server-everything",
  args: [],
};

function files(folder: string): DemoServer {
  return { name: "files", packageName: "@modelcontextprotocol/server-filesystem", args: [folder] };
}

interface Stage extends Started {
  readonly narrator: Narrator;
  readonly launcher: Launcher;
}

async function useServer(stage: Stage, server: DemoServer, call: DemoCall): Promise<McpConnection> {
  const { narrator, pids } = stage;
  narrator.say();
  narrator.say(`  ${server.packageName}`);
  const connection = await narrator.hop(
    (signal) => openDemoServer(stage.launcher, server, { env: { [markerName]: stage.marker }, signal }),
    () => `launched by the executor (pid ${pids.at(-1)}), handshake done`,
  );
  await narrator.hop(
    (signal) => toolNames(connection, signal),
    (names) => `${names.length} tools: ${oneLine(names.join(", "), 54)}`,
  );
  await narrator.hop(
    (signal) => callTool(connection, call, signal),
    (text) => `${call.tool} answers: ${oneLine(text, 40)}`,
  );
  return connection;
}

function tellStop(name: string): (report: StopReport) => string {
  return ({ ended, forced }) =>
    `server ${name} stopped: ${ended.length} ended by itself, ${forced.length} by force`;
}

/** The connection hides the process behind it; the demo wants to name it. */
function recordPids(launcher: Launcher, pids: number[]): Launcher {
  return {
    launch: async (spec, options) => {
      const launched = await launcher.launch(spec, options);
      pids.push(launched.pid);
      return launched;
    },
  };
}

function sayNext(narrator: Narrator): void {
  narrator.say();
  narrator.say("Type next, in this folder:");
  narrator.say();
  narrator.say('  alias fairlead="node $PWD/packages/cli/bin/fairlead.js"');
  narrator.say('  fairlead add files -- npx -y @modelcontextprotocol/server-filesystem "$PWD"');
  narrator.say("  fairlead list");
  narrator.say("  fairlead tools files");
  narrator.say();
  narrator.say("and give your agent the one server that leads to all of them, for example:");
  narrator.say();
  narrator.say('  claude mcp add fairlead -- node "$PWD/packages/cli/bin/fairlead.js" serve');
}
