import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createTempFolder, runCommand } from "@fairlead/testkit";

/** What a program loaded beside Node's own modules. */
export interface Loaded {
  /** Packages of others, by their names. */
  readonly packages: readonly string[];
  /** Modules of ours, as `cli/main.js`. */
  readonly own: readonly string[];
}

/** Runs a program to its end and tells what it loaded, whether or not it was used. @throws if it fails */
export async function loadedBy(
  argv: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Loaded> {
  await using folder = await createTempFolder("fl-loaded-");
  const ran = await runCommand(argv, { env: { ...env, NODE_V8_COVERAGE: folder.path }, cwd });
  if (ran.code !== 0) throw new Error(`${argv.join(" ")} ended with code ${ran.code}: ${ran.stderr}`);
  const modules = new Set<string>();
  for (const report of await readdir(folder.path)) {
    const { result } = JSON.parse(await readFile(folder.file(report), "utf8")) as Coverage;
    for (const { url } of result) {
      if (url.startsWith("file:")) for (const one of await modulesIn(fileURLToPath(url))) modules.add(one);
    }
  }
  const packages = [...modules].flatMap((path) => packageOf(path) ?? []);
  const own = [...modules].filter((path) => packageOf(path) === undefined).map(ownName);
  return { packages: [...new Set(packages)].toSorted(), own: own.toSorted() };
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** The modules of a file; a bundle says before each of them where it comes from. */
async function modulesIn(file: string): Promise<readonly string[]> {
  if (!/[\\/]dist[\\/]bundle[\\/]/.test(file)) return [file];
  const text = await readFile(file, "utf8");
  const paths = [...text.matchAll(/^\/\/ (\S+\.m?js)$/gm)].map(([, path = ""]) => path);
  // The bundler adds a few lines of its own, which are in no file.
  return paths.filter((path) => !path.startsWith("\\0"));
}

function packageOf(path: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1];
}

function ownName(path: string): string {
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf("dist");
  if (at < 0) return parts.slice(parts.lastIndexOf("packages") + 1).join("/");
  return [parts[at - 1] ?? "cli", ...parts.slice(at + 1)].join("/");
}
