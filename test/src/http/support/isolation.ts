import { canCountProcesses, runCommand } from "@fairlead/testkit";

/** What puts a program into a network of its own, in which it sees nothing but its own loopback. */
export type Isolation =
  | {
      readonly isPossible: true;
      /** What stands before the program. @param hostsFile its `/etc/hosts`, instead of the machine's */
      readonly wrapper: (hostsFile: string) => readonly string[];
    }
  | { readonly isPossible: false; readonly why: string };

// A new network's loopback is down; which tool there is to raise it differs between machines.
const prepare =
  'mount --bind "$1" /etc/hosts && shift && (ip link set lo up || ifconfig lo up) 2>/dev/null && exec "$@"';

/** Finds out how programs can be isolated here: as root, or with a user namespace. Linux only. */
export async function findIsolation(): Promise<Isolation> {
  if (!canCountProcesses()) return { isPossible: false, why: `no network namespaces on ${process.platform}` };
  const reasons: string[] = [];
  for (const unshare of [
    ["unshare", "--net", "--mount"],
    ["unshare", "--map-root-user", "--net", "--mount"],
  ]) {
    const wrapper = (hostsFile: string): readonly string[] => [
      ...unshare,
      "sh",
      "-c",
      prepare,
      "sh",
      hostsFile,
    ];
    try {
      const { code, stderr } = await runCommand([...wrapper("/etc/hosts"), "true"]);
      if (code === 0) return { isPossible: true, wrapper };
      reasons.push(`${unshare.join(" ")}: ${stderr.trim() || `code ${code}`}`);
    } catch (error) {
      reasons.push(`${unshare.join(" ")}: ${String(error)}`);
    }
  }
  return { isPossible: false, why: `network namespaces are not permitted here (${reasons.join("; ")})` };
}
