import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addExecutor, addServer } from "@fairlead/config";
import { binaryCommand } from "@fairlead/testkit";
import { profileFlags } from "./executor.mjs";
import { endProgram } from "./processes.mjs";

const startsWithinMs = 20_000;

/**
 * Makes a folder of configuration with one server.
 * @param options `name` and `argv` of the server, `target` of the executor that it runs on (default: this machine)
 * @returns `env` for programs that are to use it, and `folder`
 */
export async function makeHome(context, folderName, { name, argv: [command, ...args], target }) {
  const folder = context.file(folderName);
  await mkdir(folder, { mode: 0o700 });
  const onExecutor = target === undefined ? {} : { executor: "far" };
  const base = target === undefined ? "" : addExecutor("", "far", { url: target.url });
  await writeFile(join(folder, "config.toml"), addServer(base, name, { command, args, ...onExecutor }));
  return { folder, env: { FAIRLEAD_HOME: folder } };
}

/** argv of a fairlead command. */
export function fairleadCommand(context, profileName, ...args) {
  const [node, ...script] = binaryCommand("fairlead");
  return [node, ...profileFlags(context, profileName), ...script, ...args];
}

/**
 * Starts `fairlead serve --http` on a free port.
 * @returns `url` of the merged endpoint, `headers` with its token, `pid`
 */
export async function startHttpGateway(context, { folder, env }) {
  const [program, ...args] = fairleadCommand(context, "gateway-http", "serve", "--http", "127.0.0.1:0");
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    cwd: folder,
    stdio: ["pipe", "ignore", "pipe"],
  });
  context.own({ close: () => endProgram(child, "fairlead serve --http") });
  const url = await toldOnStderr(child, /listening on (http:\S+)/);
  const token = (await readFile(join(folder, "gateway-token"), "utf8")).trim();
  return { url, pid: child.pid, headers: { authorization: `Bearer ${token}` } };
}

/** Waits for words of a program on stderr. @returns what the pattern's first group caught */
async function toldOnStderr(child, pattern) {
  let stderr = "";
  const found = new Promise((resolve) => {
    child.stderr.on("data", (chunk) => {
      stderr = `${stderr}${chunk}`.slice(-8_000);
      const match = pattern.exec(stderr);
      if (match !== null) resolve(match[1]);
    });
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), startsWithinMs);
  const told = await Promise.race([found, once(child, "exit").then(() => undefined)]);
  clearTimeout(timer);
  if (told === undefined) throw new Error(`The program ended before it was ready. It said: ${stderr.trim()}`);
  return told;
}
