/**
 * Says what this program is to a person who started it by hand, for otherwise it would wait in silence: where its stdin is a
 * terminal, no agent is there.
 */
export function hintAtTerminal(): void {
  if (!process.stdin.isTTY) return;
  process.stderr.write(
    [
      "fairlead: waiting for an MCP client on stdin; agents start this themselves.",
      "fairlead: fairlead client install claude (codex, cursor, vscode …) tells one to.",
      "fairlead: Ctrl-D or Ctrl-C ends it.",
      "",
    ].join("\n"),
  );
}
