import { workspaceRoot } from "@fairlead/testkit";
import { createHost, createLocalLauncher, type Host } from "fairlead";

/** A host in this process, without servers, that may run programs on this machine. */
export function openHost(): Host {
  const launcher = createLocalLauncher({ defaultCwd: workspaceRoot() });
  return createHost({
    version: "1.0.0",
    servers: [],
    control: { openLauncher: async () => ({ launcher, convention: "posix" }) },
  });
}
