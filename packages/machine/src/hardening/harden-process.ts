import { type CoreDumps, forbidCoreDumps } from "./core-dumps.js";
import { keepFilesPrivate } from "./users-umask.js";

/**
 * Makes this process, a host or a daemon that goes on, careful with what it knows: its files are private from the moment of
 * the call, and crashes write no memory. To be called first, before anything is started.
 * @returns settles when core dumps are dealt with, in some milliseconds at most; never rejects
 */
export function hardenProcess(): Promise<CoreDumps> {
  keepFilesPrivate();
  return forbidCoreDumps();
}
