import { readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand, workspaceRoot } from "@fairlead/testkit";
import { codeBlocks } from "../../readme/code-blocks.js";
import { outputOf } from "../../servers/support/output-of.js";
import type { Release } from "./release.js";

/** A project that has the package and Node's types installed, and no more. It lies in the release's folder. */
export interface Consumer {
  readonly project: string;
  /** Where the package lies. */
  readonly packageFolder: string;
  /** The program of docs/library.md. */
  readonly example: string;
  /** Lets a compiler look at a program, as strictly as it can. @param compiler its script */
  compile(compiler: string, program: string): Promise<CommandResult>;
}

const config = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable"],
    skipLibCheck: false,
    noEmit: true,
  },
  include: ["*.ts"],
};

/** Makes a project and unpacks the release in it, without a registry. */
export async function openConsumer({ folder, tarball }: Release): Promise<Consumer> {
  const project = folder.file("project");
  const packageFolder = join(project, "node_modules", "fairlead");
  await mkdir(packageFolder, { recursive: true });
  outputOf(await runCommand(["tar", "-xzf", tarball, "-C", packageFolder, "--strip-components=1"]));
  await mkdir(join(project, "node_modules", "@types"));
  const nodeTypes = join(workspaceRoot(), "node_modules", "@types", "node");
  await symlink(nodeTypes, join(project, "node_modules", "@types", "node"), "junction");
  await folder.write("project/package.json", '{ "private": true, "type": "module" }\n');
  await folder.write("project/tsconfig.json", JSON.stringify(config));
  const page = readFileSync(join(workspaceRoot(), "docs", "library.md"), "utf8");
  const shown = codeBlocks(page).filter(({ language }) => language === "ts");
  return {
    project,
    packageFolder,
    example: `${shown.map(({ text }) => text).join("\n")}\nfunction print(line: string): void { console.log(line); }\n`,
    compile: async (compiler, program) => {
      await folder.write("project/program.ts", program);
      return runCommand([process.execPath, compiler, "-p", project], { timeoutMs: 120_000 });
    },
  };
}
