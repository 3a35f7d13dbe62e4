import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import {
  type ClientFile,
  type ClientLaunch,
  type ClientScope,
  clientEntry,
  clientFile,
  diffLines,
  editFile,
  gatewayTokenVariable,
  installInText,
  maskConfigText,
  uninstallFromText,
} from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { isThere } from "../clients/client-state.js";
import { clientSurroundings, findClient } from "../clients/client-surroundings.js";
import { gatewayAddress } from "../clients/gateway-address.js";
import { ownLaunch } from "../clients/own-launch.js";
import { readIfThere } from "../clients/read-if-there.js";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { packageFolder } from "../package-folder.js";
import { version } from "../version.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, loadSettings, type Settings } from "./settings.js";

/** The flags of `fairlead client install`. */
export interface ClientInstallFlags extends CommonFlags {
  readonly name: string;
  readonly scope: ClientScope;
  /** True: where the configuration says that the gateway listens. */
  readonly http?: string | true;
  readonly uninstall?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly project?: string;
}

/** Added to a file's name, for the copy from before our first change. */
const backupSuffix = ".fairlead-backup";

/** `fairlead client install`: writes an entry for Fairlead into another client's configuration, or takes it out. */
export async function clientInstallCommand(
  typed: string,
  flags: ClientInstallFlags,
  terminal: Terminal,
): Promise<void> {
  // Only where the gateway listens is of any matter, and that only where its address was not given.
  const lenient = flags.http === true ? "entries" : true;
  const settings = await loadSettings(flags, terminal, { lenient });
  if (settings.invalid !== undefined) {
    terminal.warn(describeInvalid(settings.invalid, settings.config), flags.json === true);
  }
  const file = findFile(typed, flags);
  const place = { file, name: checkName(flags.name), force: flags.force };
  const isUninstall = flags.uninstall === true;
  const entry = isUninstall ? undefined : clientEntry(file.client, launchFor(file.scope, flags, settings));
  const edit = (text: string): string =>
    entry === undefined ? uninstallFromText(text, place) : installInText(text, place, entry);
  if (!isUninstall && flags.force !== true && file.scope === "user" && !(await isThere(file))) {
    throw notHere(file);
  }
  const before = (await readIfThere(file.path)) ?? "";
  const after = edit(before);
  const isDryRun = flags.dryRun === true;
  const side = (text: string): { text: string; shown: string } => ({
    text,
    shown: maskConfigText(text, file.path, { onlyBelow: [file.container, place.name] }),
  });
  const diff = diffLines(side(before), side(after));
  let backup: string | undefined;
  if (!isDryRun && after !== before) {
    await mkdir(dirname(file.path), { recursive: true });
    ({ backup } = await editFile(file.path, edit, { backupSuffix }));
  }
  if (flags.json === true) {
    const { client, scope, path } = file;
    const action = isUninstall ? "uninstall" : "install";
    terminal.printJson({
      client,
      scope,
      file: path,
      name: place.name,
      action,
      dryRun: isDryRun,
      changed: after !== before,
      ...(backup === undefined ? {} : { backup }),
      diff,
    });
    return;
  }
  if (isDryRun) {
    if (diff !== "") terminal.print(plainText(`--- ${file.path}\n+++ ${file.path}\n${diff.trimEnd()}`));
    terminal.tell(
      `fairlead: this was a dry run; ${diff === "" ? "there is nothing to change" : "nothing was written"}`,
    );
    return;
  }
  terminal.print(
    plainText(outcomeText({ file, name: place.name, isUninstall, isChanged: after !== before })),
  );
  if (backup !== undefined)
    terminal.tell(`fairlead: the file as it was before Fairlead first changed it is ${backup}`);
  if (!isUninstall && flags.http !== undefined) {
    terminal.tell(
      `fairlead: ${file.client} must find the gateway's token in ${gatewayTokenVariable}; it is in ${join(settings.home, "gateway-token")}`,
    );
  }
}

function findFile(typed: string, flags: ClientInstallFlags): ClientFile {
  const client = findClient(typed);
  const file = clientFile(client, flags.scope, clientSurroundings(flags.project));
  if (file === undefined) throw usage(`${client} has no configuration of a project; leave out --scope`);
  return file;
}

/** Most clients make it the prefix of tools, so they all take letters, digits, _ and -. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  throw usage("--name has only letters, digits, _ and -");
}

function launchFor(
  scope: ClientScope,
  { http }: ClientInstallFlags,
  { home, config }: Settings,
): ClientLaunch {
  if (http === undefined) {
    return ownLaunch(
      {
        platform: process.platform,
        execPath: process.execPath,
        script: join(packageFolder, "bin", "fairlead.js"),
        version,
        searchPath: (process.env["PATH"] ?? "").split(delimiter),
        home: process.env["FAIRLEAD_HOME"] === undefined ? undefined : home,
      },
      scope,
    );
  }
  if (http !== true) {
    if (/^https?:\/\/[^/]/i.test(http) && URL.canParse(http)) return { kind: "url", url: http };
    throw usage("--http expects the address of a gateway, such as http://127.0.0.1:7150/mcp");
  }
  return { kind: "url", url: gatewayAddress(config.gateway) };
}

interface InstallOutcome {
  readonly file: ClientFile;
  readonly name: string;
  readonly isUninstall: boolean;
  readonly isChanged: boolean;
}

function outcomeText({ file: { client, path }, name, isUninstall, isChanged }: InstallOutcome): string {
  if (isUninstall) return isChanged ? `Removed ${name} from ${path}` : `${client} has no ${name} in ${path}`;
  return isChanged
    ? `Installed ${name} in ${path}; start ${client} anew to use it`
    : `${client} has ${name} already, in ${path}`;
}

function notHere({ client, signs }: ClientFile): FairleadError {
  return new FairleadError(
    "not_found",
    `${client} was not found here; looked for ${signs.join(", ")}. --force writes its configuration all the same.`,
    { effect: "none", details: { client } },
  );
}

function usage(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
