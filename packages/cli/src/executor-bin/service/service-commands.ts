import type { Command } from "commander";
import type { Terminal } from "../../output/terminal.js";
import { addPlaceOptions } from "../place-options.js";
import type { InstallFlags } from "./install.js";
import type { StatusFlags } from "./status.js";
import type { UninstallFlags } from "./uninstall.js";

const stateDir = ["--state-dir <folder>", "the state folder it was installed with"] as const;

/** Adds `install`, `uninstall` and `status`. */
export function addServiceCommands(program: Command, terminal: Terminal): void {
  const install = program
    .command("install")
    .description("run the executor as a service of this user, from now on and after every login");
  addPlaceOptions(install)
    .option("--force", "replace a file that was not written by install, or was changed since")
    .option("--dry-run", "print the file and the commands, and do nothing")
    .option("--json", "print what was done as JSON, and errors too")
    .addHelpText(
      "after",
      "\nA systemd user unit, a launchd agent, or on Windows a task that starts at logon.\n" +
        "\nExamples:\n  fairlead-executor install --listen 127.0.0.1:7040\n  fairlead-executor install --dry-run",
    )
    .action(async (flags: InstallFlags) => {
      const { installService } = await import("./install.js");
      await installService(flags, terminal);
    });
  program
    .command("uninstall")
    .description("stop the service, and remove what install wrote")
    .option(...stateDir)
    .option("--force", "also remove a file that was changed since, or the task of another state folder")
    .option("--dry-run", "print what would be removed and run, and do nothing")
    .option("--json", "print what was done as JSON, and errors too")
    .addHelpText("after", "\nExample:\n  fairlead-executor uninstall")
    .action(async (flags: UninstallFlags) => {
      const { uninstallService } = await import("./uninstall.js");
      await uninstallService(flags, terminal);
    });
  program
    .command("status")
    .description("whether the installed executor runs, since when, and where it listens")
    .option(...stateDir)
    .option("--json", "print it as JSON, and errors too")
    .addHelpText(
      "after",
      "\nExit codes: 0 it runs, 4 it does not, 5 it is not installed.\n\nExample:\n  fairlead-executor status",
    )
    .action(async (flags: StatusFlags) => {
      const { showStatus } = await import("./status.js");
      await showStatus(flags, terminal);
    });
}
