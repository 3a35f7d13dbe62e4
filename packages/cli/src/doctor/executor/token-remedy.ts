import type { ExecutorConfig } from "@fairlead/config";
import { commandLine, hostShell, isShellName, lines, note, type Shell, shellWord } from "../shell-words.js";
import { loginHost } from "./start-line.js";

/** Where an executor keeps its token, seen from the home of its user. */
const tokenThere = ".fairlead/executor.token";

/** How the token of an executor comes to this machine, closed to others. */
export function tokenRemedy(
  executor: Pick<ExecutorConfig, "name" | "address" | "token">,
  shell: Shell = hostShell,
): string {
  const { name, token } = executor;
  const host = loginHost(executor);
  const copying = token?.kind === "env" ? asVariable(token.name, host, shell) : asFile(executor, host, shell);
  const tunnel =
    host === undefined
      ? [note(`its address does not tell where it runs; HOST stands for that machine:`)]
      : [];
  return lines(
    note(`copy the token of executor ${name}: ~/${tokenThere} on its machine, unless its home is another`),
    ...tunnel,
    ...copying.map((line) => (host === undefined ? note(line) : line)),
    token === undefined ? note(`then, in [executors.${name}]: token_file = "~/${name}.token"`) : undefined,
  );
}

function asVariable(name: string, host: string | undefined, shell: Shell): readonly string[] {
  if (!isShellName(name)) return [note(`${name} cannot be set by a shell; take another name for token_env`)];
  const read = commandLine(["ssh", host ?? "HOST", "cat", tokenThere], shell);
  return [shell === "posix" ? `export ${name}="$(${read})"` : `$env:${name} = ${read}`];
}

function asFile(
  { name, token }: Pick<ExecutorConfig, "name" | "token">,
  host: string | undefined,
  shell: Shell,
): readonly string[] {
  // Both shells know HOME; names of executors need no quotes.
  const file = token?.kind === "file" ? shellWord(token.path, shell) : `"$HOME/${name}.token"`;
  const from = shellWord(
    `${host?.includes(":") === true ? `[${host}]` : (host ?? "HOST")}:${tokenThere}`,
    shell,
  );
  return [`scp ${from} ${file}`, ...(shell === "posix" ? [`chmod 600 ${file}`] : [])];
}
