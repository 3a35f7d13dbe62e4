import { cp, mkdir, realpath } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import {
  type CommandResult,
  createTempFolder,
  runCommand,
  type TempFolder,
  waitUntilGone,
} from "@fairlead/testkit";

/** A root folder with nothing in it but Node, the libraries that this needs, and what a test puts there: no shell, no git. */
export interface BareRoot extends AsyncDisposable {
  readonly folder: TempFolder;
  /** Copies a file or folder into it. @param target its path inside */
  add(source: string, target: string): Promise<void>;
  /** Runs Node inside. */
  node(...args: readonly string[]): Promise<CommandResult>;
}

/** What is mounted from outside is seen inside alone, and is gone with the last process. */
const enter = `chroot=$(command -v chroot)
mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" && export PATH=/node && exec "$chroot" "$0" /node/node "$@"`;
const namespaces = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];

/**
 * Tells whether bare roots can be made here. Where not, the reason is printed and the suite is to be skipped.
 * @param suite names the suite in the printed reason
 */
export async function canMakeBareRoots(suite: string): Promise<boolean> {
  const reason = process.platform === "linux" ? await whyNoNamespaces() : `this is ${process.platform}`;
  if (reason === "") return true;
  process.stderr.write(`skipped, ${suite}: a bare root needs namespaces of Linux: ${reason}\n`);
  return false;
}

async function whyNoNamespaces(): Promise<string> {
  try {
    const tried = await runCommand([...namespaces, "command -v chroot"], { env: { PATH: systemPath() } });
    return tried.code === 0 ? "" : tried.stderr.trim() || "there is no chroot";
  } catch (error) {
    return String(error);
  }
}

/** Makes a root. Disposing fails if a process that was started inside is still there. */
export async function createBareRoot(): Promise<BareRoot> {
  const folder = await createTempFolder("fl-root-");
  for (const name of ["dev", "proc", "tmp", "home", "node"]) await mkdir(folder.file(name));
  const add = async (source: string, target: string): Promise<void> => {
    await mkdir(dirname(folder.file(target)), { recursive: true });
    await cp(source, folder.file(target), { recursive: true, verbatimSymlinks: true });
  };
  await add(process.execPath, "node/node");
  const { stdout } = await runCommand(["ldd", process.execPath]);
  for (const [, library = ""] of stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) {
    await add(await realpath(library), library);
  }
  const env = { PATH: systemPath(), HOME: "/home", FAIRLEAD_TEST_MARKER: folder.path };
  return {
    folder,
    add,
    node: (...args) => runCommand([...namespaces, enter, folder.path, ...args], { env }),
    [Symbol.asyncDispose]: async () => {
      try {
        await waitUntilGone(folder.path, { withinMs: 10_000 });
      } finally {
        await folder[Symbol.asyncDispose]();
      }
    },
  };
}

/** Where the programs are that make and enter a root. */
function systemPath(): string {
  return [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);
}
