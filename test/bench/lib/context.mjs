import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What a benchmark works in: its size, a temporary folder, and a list of what must be closed at the end.
 * @param options `rounds`, `quick` (a tenth of the work, to see that nothing is broken), `profileDir`
 */
export async function createContext(name, options) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "fl-bench-"));
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  return createScope(
    {
      name,
      folder,
      rounds: options.rounds,
      quick: options.quick,
      profileDir: options.profileDir,
      /** Picks an amount of work. */
      amount: (full, quick) => (options.quick ? quick : full),
      progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${name}: ${text}`),
    },
    removeFolder,
  );
}

let scopes = 0;

function createScope(parent, onClosed = async () => {}) {
  const closers = [onClosed];
  scopes += 1;
  const prefix = `${scopes}-`;
  return {
    ...parent,
    /** The path of a file of this scope. */
    file: (path) => join(parent.folder, `${prefix}${path}`),
    /** Registers what to close; the last one goes first. @returns what was given */
    own: (closable) => {
      closers.push(() => closable.close());
      return closable;
    },
    /** A part that is closed on its own, in the same folder. */
    scope: () => createScope(parent),
    close: async () => {
      for (const close of closers.splice(0).toReversed()) await close();
    },
  };
}
