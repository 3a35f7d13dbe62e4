import { access } from "node:fs/promises";
import { type ClientFile, namesInText } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { readIfThere } from "./read-if-there.js";

/** What there is of a client. */
export interface ClientState {
  /** Whether the client, or its file in the project, is there. */
  readonly isFound: boolean;
  /** The names under which it has Fairlead. */
  readonly names: readonly string[];
  /** Why its file cannot be read. */
  readonly problem?: string;
}

/** Looks whether a client is here, and whether it knows Fairlead; never fails. */
export async function readClientState(file: ClientFile): Promise<ClientState> {
  try {
    const text = await readIfThere(file.path);
    if (text !== undefined) return { isFound: true, names: namesInText(text, file) };
    return { isFound: await isThere(file), names: [] };
  } catch (thrown) {
    return { isFound: true, names: [], problem: toFairleadError(thrown).message };
  }
}

/** Whether anything shows that the client is here. A file of a project is made where there is none. */
export async function isThere({ signs }: ClientFile): Promise<boolean> {
  for (const sign of signs) {
    const isFound = await access(sign).then(
      () => true,
      () => false,
    );
    if (isFound) return true;
  }
  return false;
}
