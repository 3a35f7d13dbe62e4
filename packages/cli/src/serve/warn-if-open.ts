import { lookAtPrivacy } from "@fairlead/machine";

/**
 * Says when others can look into a home. On Windows only: what is made in a folder there is as open as the folder, and
 * elsewhere each of our files has a mode of its own. Never rejects.
 */
export async function warnIfOpen(home: string, tell: (text: string) => void): Promise<void> {
  if (process.platform !== "win32") return;
  const privacy = await lookAtPrivacy(home);
  if (privacy.kind !== "open") return;
  tell(`the home ${home}, with settings and logs, is open to ${privacy.how}. Close it: ${privacy.remedy}`);
}
