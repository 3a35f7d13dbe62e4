import type { StoreAnswer } from "../store-port.js";
import { readPrivateFile, replacePrivateFile } from "./private-file.js";
import { formatDocument, parseDocument, type StoreDocument } from "./store-document.js";

/** What a file of credentials says. `lost`: nobody can ever read it again, because its key is gone. */
export type LoadedDocument = StoreAnswer<StoreDocument> | { readonly kind: "lost"; readonly reason: string };

/** A file in which a whole document is kept. Who saves keeps all others from saving meanwhile. */
export interface DocumentFile {
  readonly path: string;
  load(): Promise<LoadedDocument>;
  /** Checks that a first document could be saved, as far as that is not up to the folder. @throws FairleadError */
  checkFirstSave(): Promise<void>;
  /** Replaces the whole of it; a lost one is moved aside first. @throws FairleadError or Error of the system */
  save(document: StoreDocument): Promise<void>;
}

/** Keeps a document in a plain file that only its owner may read. */
export function createPlainFile(path: string): DocumentFile {
  return {
    path,
    async load() {
      const text = await readPrivateFile(path);
      if (text.kind !== "found") return text;
      const parsed = parseDocument(text.value);
      return parsed.kind === "found" ? parsed : { kind: "corrupt", reason: `${path} ${parsed.reason}` };
    },
    checkFirstSave: () => Promise.resolve(),
    save: (document) => replacePrivateFile(path, formatDocument(document)),
  };
}
