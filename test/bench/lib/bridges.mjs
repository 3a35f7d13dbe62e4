import { spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { endProgram } from "./processes.mjs";
import { freePort } from "./sshd.mjs";

const startsWithinMs = 20_000;

/** argv of supergateway with a session and a child for each agent, as a bridge must have them. */
export function supergatewayCommand(script, port, server) {
  const quoted = server.map((part) => `'${part}'`).join(" ");
  const flags = ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none"];
  return [process.execPath, script, "--stdio", quoted, ...flags, "--port", String(port)];
}

/** argv of mcp-proxy. */
export function mcpProxyCommand(script, port, server) {
  const flags = ["--server", "stream", "--host", "127.0.0.1", "--port", String(port)];
  return [process.execPath, script, ...flags, "--", ...server];
}

/**
 * Starts a bridge that we did not write and waits until its port is open.
 * @param toArgv makes its argv from a port
 * @returns `url` of its endpoint, and `pid`
 */
export async function startBridge(context, toArgv) {
  const port = await freePort();
  const [program, ...args] = toArgv(port);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  context.own({ close: () => endProgram(child, args[0]) });
  const startedAtMs = performance.now();
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || performance.now() - startedAtMs > startsWithinMs) {
      throw new Error(`${args[0]} does not listen on ${port}. It said: ${stderr.trim()}`);
    }
    await pause(5);
  }
  return { url: `http://127.0.0.1:${port}/mcp`, pid: child.pid };
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
