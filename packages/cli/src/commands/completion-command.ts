import { Argument, type Command } from "commander";
import { shellNames } from "../completion/shells.js";
import type { Terminal } from "../output/terminal.js";

const completionHelp = `
Completes commands, flags, and the names of servers, executors and tools.
Nothing is started for it: tools are those that were seen last. In ~/.zshrc the
line must come after compinit; for PowerShell, put it into $PROFILE.

Examples:
  echo 'source <(fairlead completion bash)' >> ~/.bashrc
  echo 'source <(fairlead completion zsh)' >> ~/.zshrc
  mkdir -p ~/.config/fish/completions
  fairlead completion fish > ~/.config/fish/completions/fairlead.fish
  fairlead completion powershell | Out-String | Invoke-Expression`;

/** Adds `completion`. */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command("completion")
    .summary("print the script that completes fairlead in your shell")
    .description("print the script that completes fairlead in a shell")
    .addArgument(new Argument("<shell>", "yours").choices(shellNames))
    .option("--json", "print JSON, errors too")
    .addHelpText("after", completionHelp)
    .action(async (shell: (typeof shellNames)[number], flags: { readonly json?: boolean }) => {
      const { completionScript } = await import("../completion/scripts.js");
      const script = completionScript(shell);
      if (flags.json === true) terminal.printJson({ shell, script });
      else terminal.print(script.trimEnd());
    });
}
