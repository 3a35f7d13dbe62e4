import { homedir } from "node:os";
import type { ProjectFile } from "@fairlead/config";
import { type FoundFile, findProjectFiles } from "./find-project-files.js";
import { readProjectFile } from "./read-project-file.js";
import { createTrustStore } from "./trust-store.js";

/** How a file of a project is taken. `harmless`: it starts and reaches nothing, and needs nobody's trust. */
export type ProjectFileState = "trusted" | "harmless" | "untrusted" | "changed" | "refused" | "unreadable";

/** A file of a project, and whether it is used. */
export interface SeenFile extends FoundFile {
  readonly state: ProjectFileState;
  /** What it holds. */
  readonly text?: string | undefined;
  /** What using it would do, one line each. */
  readonly lines: readonly string[];
  /** Why it cannot be read. */
  readonly problem?: string | undefined;
}

/** Where files of projects are looked for. */
export interface ProjectPlace {
  /** The home folder of Fairlead. */
  readonly home: string;
  readonly cwd: string;
  /** @default that of the system */
  readonly userFolder?: string | undefined;
}

/** Looks at the files of the project that a folder is in, the nearest last, without asking anybody. */
export async function seeProjectFiles({
  home,
  cwd,
  userFolder = homedir(),
}: ProjectPlace): Promise<readonly SeenFile[]> {
  const found = await findProjectFiles(cwd, { home, userFolder });
  const store = createTrustStore(home);
  return Promise.all(
    found.map(async (one): Promise<SeenFile> => {
      const read = await readProjectFile(one);
      if ("problem" in read) return { ...one, state: "unreadable", lines: [], problem: read.problem };
      const { text } = read.file;
      const { needsTrust, lines } = read.description;
      if (!needsTrust) return { ...one, state: "harmless", text, lines };
      return { ...one, state: (await store.decisionOf(one.file, text)) ?? "untrusted", text, lines };
    }),
  );
}

/** The files that are used, as they were read. */
export function usedFiles(seen: readonly SeenFile[]): readonly ProjectFile[] {
  return seen.flatMap(({ file, kind, folder, text, state }) =>
    text !== undefined && (state === "trusted" || state === "harmless") ? [{ file, kind, folder, text }] : [],
  );
}

/** Whether nobody has decided about a file yet, as it is now. */
export function isUndecided({ state }: SeenFile): boolean {
  return state === "untrusted" || state === "changed";
}
