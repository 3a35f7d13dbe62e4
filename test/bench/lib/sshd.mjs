import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);
const sshdPath = "/usr/sbin/sshd";
const separationDir = "/run/sshd";
/** A shell's script: runs its arguments until stdin ends, which it also does when this process is killed. */
const endWithStdin = '"$0" "$@" & cat >/dev/null; kill $!; wait $!';

/** Why there can be no ssh contestant here; undefined if there can. */
export function whyNoSsh() {
  if (process.platform !== "linux") return `sshd is measured on Linux only, not on ${process.platform}`;
  if (!existsSync(sshdPath)) return `${sshdPath} is missing (Debian package openssh-server)`;
  return undefined;
}

/**
 * Starts a real sshd on a free loopback port with keys of its own; nothing of the user's ssh configuration is read.
 * @returns `command(port, options)`: argv of an ssh client up to the remote command
 */
export async function startSshd(context) {
  const [hostKey, userKey, known] = ["ssh-host", "ssh-user", "ssh-known"].map((name) => context.file(name));
  for (const key of [hostKey, userKey]) await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const [type, key] = (await readFile(`${hostKey}.pub`, "utf8")).split(" ");
  await writeFile(known, `bench ${type} ${key}\n`);
  const port = await freePort();
  const config = context.file("sshd_config");
  await writeFile(config, configLines(port, hostKey, `${userKey}.pub`).join("\n"));
  const removeSeparationDir = await makeSeparationDir();
  const argv = ["-c", endWithStdin, sshdPath, "-D", "-e", "-f", config];
  const child = spawn("sh", argv, { stdio: ["pipe", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-4_000);
  });
  await waitForPort(port, () => {
    if (child.exitCode !== null) throw new Error(`sshd ended at once. It said: ${log.trim()}`);
  });
  return context.own({
    port,
    command: (clientPort = port, options = []) => [
      ..."ssh -F none -T -i".split(" "),
      userKey,
      "-p",
      String(clientPort),
      ...clientOptions(known).flatMap((option) => ["-o", option]),
      ...options.flatMap((option) => ["-o", option]),
      "127.0.0.1",
    ],
    close: async () => {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
      await removeSeparationDir();
    },
  });
}

function configLines(port, hostKey, authorizedKeys) {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    "PidFile none",
    "UsePAM no",
    // The keys lie in a temporary folder, whose parents anybody may write to.
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "MaxSessions 64",
    "",
  ];
}

function clientOptions(known) {
  return [
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    // One name whatever port or proxy leads there.
    "HostKeyAlias=bench",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${known}`,
    "GlobalKnownHostsFile=none",
    "LogLevel=ERROR",
  ];
}

/** Root's sshd wants an empty folder for its unprivileged half, which the package's service makes at its start. */
async function makeSeparationDir() {
  if (process.getuid() !== 0 || existsSync(separationDir)) return async () => {};
  await mkdir(separationDir);
  await chmod(separationDir, 0o755);
  return () => rmdir(separationDir);
}

/** A port of this machine that nobody listens on just now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitForPort(port, check) {
  for (;;) {
    check();
    const open = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
