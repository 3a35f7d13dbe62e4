import { seeProjectFiles } from "../project/admit-project-files.js";

/** Whether the project that this program was started in has servers, or anything else, of its own to say or to tell. */
export async function usesProject(home: string): Promise<boolean> {
  const seen = await seeProjectFiles({ home, cwd: process.cwd() });
  return seen.some(({ lines, state }) => state !== "refused" && (lines.length > 0 || state === "unreadable"));
}
