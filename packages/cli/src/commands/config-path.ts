import { access } from "node:fs/promises";
import { configFilePath } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import { seeProjectFiles } from "../project/admit-project-files.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead config path`: where config.toml is, whether it is there or not. */
export async function configPathCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const home = await findHome(process.env);
  const file = configFilePath(home);
  if (flags.json !== true) {
    terminal.print(file);
    return;
  }
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  const seen = await seeProjectFiles({ home, cwd: process.cwd() });
  const projectFiles = seen.map(({ file: path, state, problem }) => ({
    file: path,
    state,
    ...(problem === undefined ? {} : { problem }),
  }));
  terminal.printJson({ home, file, exists, projectFiles });
}
