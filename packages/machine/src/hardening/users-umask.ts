/** What the user's programs make files with; undefined while this process has it too. */
let usersUmask: number | undefined;

/** Readable by their owner alone. */
const privateUmask = 0o077;

/**
 * From now on files that this process makes are its owner's alone, whatever mode they are made with. Programs that it starts,
 * and files that it makes for others, still follow the umask that it was started with: see {@link withUsersUmask}. On
 * Windows, which has no such thing, nothing happens.
 */
export function keepFilesPrivate(): void {
  if (process.platform === "win32" || usersUmask !== undefined) return;
  usersUmask = process.umask(privateUmask);
}

/**
 * Does something with the umask that this process was started with: a fork, or a file for the user.
 * @param act must be over when it returns, for everybody else has this umask meanwhile
 */
export function withUsersUmask<Result>(act: () => Result): Result {
  if (usersUmask === undefined) return act();
  process.umask(usersUmask);
  try {
    return act();
  } finally {
    process.umask(privateUmask);
  }
}

/** The mode that a file made with `mode` would have for the user; undefined where it has it anyway. */
export function usersMode(mode: number): number | undefined {
  return usersUmask === undefined ? undefined : mode & ~usersUmask;
}
