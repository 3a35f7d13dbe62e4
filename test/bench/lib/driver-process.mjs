import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { profileFlags } from "./executor.mjs";
import { endProgram } from "./processes.mjs";

const driverPath = fileURLToPath(new URL("../driver/main.mjs", import.meta.url));

/**
 * Starts a process that plays the host of one contestant. Every contestant has one, and all run the same program.
 * @returns `call(method, params)`, which runs one of its methods and waits for the result, and `pid`
 */
export async function startDriver(context, name) {
  const execArgv = ["--expose-gc", ...profileFlags(context, `${name}-host`)];
  const child = fork(driverPath, [], { execArgv, serialization: "advanced" });
  const waiting = new Map();
  let lastId = 0;
  let ended = false;
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${name}: ${error}`));
  });
  child.once("exit", (code) => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new Error(`The host of ${name} ended (code ${code})`));
  });
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new Error(`The host of ${name} has ended`));
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.send({ id: lastId, method, params });
    });
  return context.own({
    pid: child.pid,
    call,
    close: async () => {
      if (ended) return;
      const exited = once(child, "exit");
      await call("close").catch(() => endProgram(child, `The host of ${name}`));
      if (child.connected) child.disconnect();
      await exited;
    },
  });
}
