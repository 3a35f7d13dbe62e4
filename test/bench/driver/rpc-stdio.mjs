import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * A JSON-RPC client over a child's stdio, as lean as one can be: one write a message, one parse a line.
 * @returns `request(method, params)`, which gives the result, `notify`, `pid`, and `close`
 */
export function openStdioRpc({ argv: [program, ...args], env, cwd }) {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  const waiting = new Map();
  let lastId = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { id, result, error } = JSON.parse(line);
      const waiter = waiting.get(id);
      if (!waiting.delete(id)) continue;
      if (error === undefined) waiter.resolve(result);
      else waiter.reject(new Error(JSON.stringify(error)));
    }
  });
  const exited = once(child, "exit").then(([code]) => {
    const error = new Error(`${program} ended with code ${code}. It said: ${stderr.trim()}`);
    for (const { reject } of waiting.values()) reject(error);
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  return {
    pid: child.pid,
    request: (method, params) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        send({ id: lastId, method, params });
      }),
    notify: (method, params) => send({ method, params }),
    close: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
