import { fileURLToPath } from "node:url";
import { createTempFolder, type HttpProgram, startHttpProgram } from "@fairlead/testkit";
import { testEnvironment } from "../../servers/support/test-environment.js";

/** The absolute path of a program of this suite. */
export function oauthScript(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/**
 * Starts a server program of this suite with its options, in an environment of its own.
 * @param wrapper argv put before it, for example what gives it a network of its own
 */
export async function startOauthProgram(
  name: string,
  options: object,
  wrapper: readonly string[] = [],
): Promise<HttpProgram> {
  const folder = await createTempFolder("fl-oa-");
  try {
    const argv = [...wrapper, process.execPath, oauthScript(name), JSON.stringify(options)];
    const program = await startHttpProgram(argv, { cwd: folder.path, env: testEnvironment(folder.path) });
    return {
      ...program,
      [Symbol.asyncDispose]: async () => {
        await program[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Gives an order to a program of this suite and waits for its answer. */
export async function controlProgram(url: string, control: string, more: object = {}): Promise<unknown> {
  const response = await fetch(new URL("/control", url), {
    method: "POST",
    body: JSON.stringify({ ...more, control }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The program refused ${control}: ${text}`);
  return JSON.parse(text);
}
