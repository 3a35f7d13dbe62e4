import type { Trustee } from "./access-list.js";

/** How access lists of Windows are read and written: by its functions, or by its programs. */
export interface AccessWay {
  /** The security identifier of this user. @throws FairleadError `unavailable` */
  findOwnSid(): Promise<string>;
  /**
   * Who may use a file or folder beside its user, the system and administrators.
   * @throws FairleadError `unavailable` where nobody can tell, with the reason in words
   */
  readOthers(path: string, ownSid: string): Promise<readonly Trustee[]>;
  /** Takes everything from others. @throws FairleadError `unavailable` where the system refuses it */
  close(closing: Closing): Promise<void>;
}

/** What is to be closed. */
export interface Closing {
  readonly path: string;
  readonly isFolder: boolean;
  readonly ownSid: string;
  /** Who may use it so far, as far as is known. */
  readonly others: readonly Trustee[];
}

/** The system and administrators, from whom nothing can be hidden. */
export const alwaysAllowed: readonly string[] = ["S-1-5-18", "S-1-5-32-544"];
