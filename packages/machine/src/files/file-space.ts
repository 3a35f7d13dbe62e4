import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { type FileFacts, type PathConvention, toPathUri } from "@fairlead/core";
import { nativePathOf } from "../platform/native-path.js";
import { type FileTask, outsideRoots, toFileError } from "./file-errors.js";
import { toFileFacts } from "./file-facts.js";
import type { Held, Hold } from "./held.js";
import { isInside } from "./is-inside.js";

/** Links that are followed before they count as a circle, as the kernel does it. */
const mostLinks = 40;

/** How a file space is made. */
export interface FileSpaceOptions {
  /** Path URIs, or that there are no bounds: Windows has no folder that holds all drives and those of the network. */
  readonly roots: readonly string[] | "everything";
  readonly convention: PathConvention;
  readonly hold: Hold;
}

/** The part of the file system that lies inside some roots. All paths here are as this machine spells them. */
export class FileSpace {
  readonly convention: PathConvention;
  readonly #hold: Hold;
  readonly #given: readonly string[];
  readonly #isUnbounded: boolean;
  /** Where the roots really are. Once found they stay: a root that is exchanged for a link opens nothing else. */
  readonly #real = new Map<string, string>();

  /** @throws FairleadError `usage` `path_invalid` for a root of another convention */
  constructor({ roots, convention, hold }: FileSpaceOptions) {
    this.convention = convention;
    this.#hold = hold;
    this.#isUnbounded = roots === "everything";
    this.#given = roots === "everything" ? [] : roots.map((uri) => trimmed(nativePathOf(uri, convention)));
  }

  /** The roots that exist, as they really are; none where there are no bounds. */
  async roots(): Promise<readonly string[]> {
    const found = await Promise.all(this.#given.map((root) => this.#realRoot(root)));
    return [...new Set(found.filter((root) => root !== undefined))];
  }

  /** Whether something lies inside the roots. @param path real */
  async contains(path: string): Promise<boolean> {
    if (this.#isUnbounded) return true;
    const isAbove = (root: string): boolean => isInside(root, path, this.convention);
    // A root that is missing is looked for each time, which takes long on a drive that cannot be reached.
    return [...this.#real.values()].some(isAbove) || (await this.roots()).some(isAbove);
  }

  /** Whether something is a root, or a folder above one. @param path real */
  async holdsRoot(path: string): Promise<boolean> {
    if (this.#isUnbounded) return dirname(path) === path;
    return (await this.roots()).some((root) => isInside(path, root, this.convention));
  }

  /** @throws FairleadError `usage` `path_invalid` */
  toNative(uri: string): string {
    return trimmed(nativePathOf(uri, this.convention));
  }

  toUri(path: string): string {
    return toPathUri(path, this.convention);
  }

  /**
   * Takes hold of something inside the roots.
   * @param links whether a link as the last component is followed, or is meant itself
   * @throws FairleadError `forbidden` for everything outside, whether it exists or not
   */
  async hold(task: FileTask, links: "follow" | "keep" = "follow"): Promise<Held> {
    let held: Held;
    try {
      held = await this.#hold(task.path, links);
    } catch (error) {
      await this.#checkWhereabouts(task);
      throw toFileError(error, task);
    }
    try {
      await this.#checkInside(held.path, task);
      return held;
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Takes hold of a name in a folder that is held, never following a link. */
  async holdChild(folder: Held, name: string, doing: string): Promise<Held> {
    const task = { doing, path: join(folder.path, name) };
    const held = await this.#hold(join(folder.handle, name), "keep").catch((error: unknown) => {
      throw toFileError(error, task);
    });
    try {
      await this.#checkInside(held.path, task);
      return held;
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }

  factsOf(held: Held): FileFacts {
    return toFileFacts(held.facts, this.toUri(held.path));
  }

  async #checkInside(path: string, task: FileTask): Promise<void> {
    if (!(await this.contains(path))) throw outsideRoots(task);
  }

  /** What is outside must not be told apart from what is missing there. */
  async #checkWhereabouts(task: FileTask): Promise<void> {
    await this.#checkInside(await whereabouts(task.path, { links: mostLinks }), task);
  }

  async #realRoot(root: string): Promise<string | undefined> {
    const known = this.#real.get(root);
    if (known !== undefined) return known;
    try {
      const real = await realpath(root);
      this.#real.set(root, real);
      return real;
    } catch {
      // It may come to exist later; until then nothing is inside it.
      return undefined;
    }
  }
}

/** Where a path that cannot be resolved would be. @param left links that may still be followed */
async function whereabouts(path: string, left: { links: number }): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const above = await whereabouts(parent, left);
  const at = join(above, basename(path));
  left.links -= 1;
  const target = left.links > 0 ? await readlink(at).catch(() => undefined) : undefined;
  return target === undefined ? at : whereabouts(behindLink(above, target), left);
}

/**
 * Where a link leads. Nothing is shortened: a `..` behind another link means the folder above where that one leads to.
 * @param folder where the link is, really
 */
export function behindLink(folder: string, target: string): string {
  return isAbsolute(target) ? target : `${folder}${sep}${target}`;
}

/** Without the separator that a path URI of a folder may end with. */
function trimmed(path: string): string {
  return path.endsWith(sep) && dirname(path) !== path ? path.slice(0, -1) : path;
}
