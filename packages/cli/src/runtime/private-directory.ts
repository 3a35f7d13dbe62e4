import { mkdir } from "node:fs/promises";

/**
 * Makes a folder with those above it that only this user can look into; one that is there is left as it is.
 * @throws Error of the system
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  if (process.platform !== "win32") return void (await mkdir(path, { recursive: true, mode: 0o700 }));
  // Modes say nothing there; what it takes instead is loaded for the one time that a folder is made.
  const { makePrivateFolder } = await import("@fairlead/machine");
  await makePrivateFolder(path);
}
