/** What nothing keeps ends by itself within this time. */
const graceMs = 300;

/**
 * Ends this program with the exit code that is set, once everything that it opened is closed, though a check that nothing
 * interrupts still hangs: on a file system that does not answer, for example.
 */
export function leaveSoon(): void {
  const timer = setTimeout(() => {
    const isInFileSystem = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
    // To exit is to wait for calls of the file system; a signal does not, and is 130 to a shell.
    if (isInFileSystem) process.kill(process.pid, "SIGINT");
    else process.exit();
  }, graceMs);
  timer.unref();
}
