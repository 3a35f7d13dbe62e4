/** Where a browser is looked for. */
export interface BrowserPlace {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly platform: NodeJS.Platform;
}

/**
 * The commands that may show a page, the first choice first; empty where nobody would see it. `BROWSER` names programs,
 * separated as those of PATH are, `%s` being the page; `none` among them stands for no browser at all.
 */
export function browserCommands(
  url: string,
  { env, platform }: BrowserPlace,
): readonly (readonly string[])[] {
  const separator = platform === "win32" ? ";" : ":";
  const named = (env["BROWSER"] ?? "").split(separator).map((command) => command.trim());
  if (named.includes("none")) return [];
  const chosen = named.filter((command) => command !== "").map((command) => toArgv(command, url));
  return [...chosen, ...systemCommands(url, env, platform)];
}

function systemCommands(
  url: string,
  env: Readonly<NodeJS.ProcessEnv>,
  platform: NodeJS.Platform,
): readonly (readonly string[])[] {
  if (platform === "darwin") return [["open", url]];
  // `start` would read the & and % of the page as its own language; this is what stands behind it.
  if (platform === "win32") return [["rundll32", "url.dll,FileProtocolHandler", url]];
  const hasDisplay = [env["DISPLAY"], env["WAYLAND_DISPLAY"]].some(
    (name) => name !== undefined && name !== "",
  );
  const isWsl = env["WSL_DISTRO_NAME"] !== undefined;
  return [...(isWsl ? [["wslview", url]] : []), ...(hasDisplay ? [["xdg-open", url]] : [])];
}

function toArgv(command: string, url: string): readonly string[] {
  const words = command.split(/\s+/);
  return command.includes("%s") ? words.map((word) => word.replaceAll("%s", () => url)) : [...words, url];
}
