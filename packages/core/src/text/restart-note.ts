/**
 * The last words of an error about a variable: whoever mends it while a program runs that needs it would wait in vain.
 * @param asked what to do about the variable: "Put the token there"
 */
export function withRestartNote(asked: string): string {
  return `${asked}; a serve that runs already must be started anew, as the environment of a running program cannot change.`;
}
