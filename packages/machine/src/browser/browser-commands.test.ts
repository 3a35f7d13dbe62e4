import { expect, test } from "vitest";
import { browserCommands } from "./browser-commands.js";

const page = "https://login.example/authorize?a=1&b=%20$&c";

test.each<[where: string, platform: NodeJS.Platform, env: Record<string, string>, expected: string[][]]>([
  ["nobody sits", "linux", {}, []],
  ["there is a display", "linux", { DISPLAY: ":0" }, [["xdg-open", page]]],
  ["there is another kind of display", "linux", { WAYLAND_DISPLAY: "wayland-0" }, [["xdg-open", page]]],
  ["Linux runs inside Windows", "linux", { WSL_DISTRO_NAME: "Debian" }, [["wslview", page]]],
  ["it is a Mac", "darwin", {}, [["open", page]]],
  ["it is Windows", "win32", {}, [["rundll32", "url.dll,FileProtocolHandler", page]]],
  [
    "BROWSER names several",
    "linux",
    { BROWSER: "one --new %s:two", DISPLAY: ":0" },
    [
      ["one", "--new", page],
      ["two", page],
      ["xdg-open", page],
    ],
  ],
  [
    "BROWSER names one of Windows",
    "win32",
    { BROWSER: "C:\\b.exe" },
    [
      ["C:\\b.exe", page],
      ["rundll32", "url.dll,FileProtocolHandler", page],
    ],
  ],
  ["BROWSER says that there is none", "linux", { BROWSER: "none", DISPLAY: ":0" }, []],
])("where %s, the page is shown by the right program", (_, platform, env, expected) => {
  expect(browserCommands(page, { env, platform })).toEqual(expected);
});
