import type { Credentials } from "../../auth/credentials.js";
import { type CheckChain, type CheckOutcome, skipped } from "../check.js";
import { checkConfiguration, type LoadedSettings } from "./configuration.js";
import { checkCredentialStore } from "./credential-store.js";
import { checkHomeFiles } from "./home-files.js";
import { checkHome } from "./home-folder.js";
import { checkNodeVersion } from "./node-version.js";
import { checkOrphans } from "./orphans.js";
import { checkRunFolder } from "./run-folder.js";
import { checkTerminalLibrary } from "./terminal-library.js";

/** What the checks of this machine work with. */
export interface HostFacts {
  readonly nodeVersion: string;
  /** Finds the home. @throws FairleadError */
  readonly findHome: () => Promise<string>;
  readonly loadSettings: () => Promise<LoadedSettings>;
  readonly credentialsOf: (loaded: LoadedSettings) => Credentials | undefined;
}

/** The checks of this machine, whatever the servers are. Nothing of them starts anything. */
export function hostChain(facts: HostFacts): CheckChain {
  const machine = "host";
  // No need in the sense of links: a home that is open to others can be looked into all the same.
  const inHome = async (look: (home: string) => Promise<CheckOutcome>): Promise<CheckOutcome> => {
    const home = await facts.findHome().catch(() => undefined);
    return home === undefined ? skipped("home") : look(home);
  };
  const loading = once(facts.loadSettings);
  return {
    checks: [
      { id: "node", machine, run: () => checkNodeVersion(facts.nodeVersion) },
      { id: "home", machine, run: () => checkHome(facts.findHome) },
      { id: "home-files", machine, run: () => inHome(checkHomeFiles) },
      { id: "config", machine, run: () => inHome(async () => checkConfiguration(await loading())) },
      { id: "run-folder", machine, run: () => inHome(checkRunFolder) },
      { id: "orphans", machine, run: () => inHome(checkOrphans) },
      {
        id: "credentials",
        machine,
        needs: ["config"],
        run: async () => {
          const loaded = await loading();
          const credentials = facts.credentialsOf(loaded);
          if ("error" in loaded || credentials === undefined) throw new Error("There is no configuration");
          return checkCredentialStore(loaded.settings.config, credentials);
        },
      },
      { id: "terminal", machine, run: () => checkTerminalLibrary() },
    ],
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
