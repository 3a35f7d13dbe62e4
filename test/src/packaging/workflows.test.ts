import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { expect, test } from "vitest";

const folder = join(workspaceRoot(), ".github", "workflows");
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(join(folder, name), "utf8")] as const,
);
const { scripts } = JSON.parse(readFileSync(join(workspaceRoot(), "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

test.each(workflows)("%s runs only what the checkout has", (_, text) => {
  const wanted = [...text.matchAll(/\bnpm run (?:--\S+ )*([\w:]+)/g)].map(([, name]) => name ?? "");
  expect(wanted.filter((name) => !(name in scripts))).toEqual([]);
  const files = [...text.matchAll(/\bnode (scripts\/\S+)/g)].map(([, path]) => path ?? "");
  expect(files.filter((path) => !existsSync(join(workspaceRoot(), path)))).toEqual([]);
});

test.each(workflows)("%s names each action with its major version", (_, text) => {
  const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? "");
  expect(actions).not.toEqual([]);
  expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
});

test("windows.yml quotes every -- that PowerShell would keep for itself", () => {
  const text = workflows.find(([name]) => name === "windows.yml")?.[1] ?? "";
  const lines = text.split("\n").filter((line) => /fairlead (?:add|run) /.test(line));
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.filter((line) => !/["']--["']/.test(line))).toEqual([]);
});

test("windows.yml tries what the platforms page asks for", () => {
  const text = workflows.find(([name]) => name === "windows.yml")?.[1] ?? "";
  for (const wanted of [
    /shell: \[powershell, pwsh, cmd, bash\]/,
    /node: \[20, 22, 24\]/,
    /fairlead add npx .*\bnpx -y /,
    /fairlead add pnpm .*\bpnpm dlx /,
    /fairlead add yarn .*\byarn .*run /,
    /fairlead test npx/,
    /fairlead test pnpm/,
    /fairlead test yarn/,
    /setup-wsl@/,
    /fairlead executor add wsl /,
    /fairlead test far/,
  ]) {
    expect(text).toMatch(wanted);
  }
});

test("suites.yml runs both suites on every system and every Node that the packages name", () => {
  const text = workflows.find(([name]) => name === "suites.yml")?.[1] ?? "";
  expect(text).toContain("os: [ubuntu-latest, macos-latest, windows-latest]");
  expect(text).toContain("node: [20, 22, 24]");
  expect(text).toMatch(/run: npm test\n/);
  expect(text).toMatch(/run: npm run test:long\n/);
});
