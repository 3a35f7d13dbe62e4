import { expect, test } from "vitest";
import { versionManagerOf } from "./node-home.js";

test.each([
  ["/home/me/.nvm/versions/node/v20.20.2/bin/node", "nvm"],
  ["C:\\Users\\me\\AppData\\Roaming\\nvm\\v20.20.2\\node.exe", "nvm"],
  ["/home/me/.local/share/fnm/node-versions/v20.20.2/installation/bin/node", "fnm"],
  ["/run/user/1000/fnm_multishells/12_34/bin/node", "fnm"],
  ["/home/me/.volta/tools/image/node/20.20.2/bin/node", "Volta"],
  ["/home/me/.asdf/installs/nodejs/20.20.2/bin/node", "asdf"],
  ["/home/me/.local/share/mise/installs/node/20.20.2/bin/node", "mise"],
  ["/usr/local/n/versions/node/20.20.2/bin/node", "n"],
  ["/usr/bin/node", undefined],
  ["C:\\Program Files\\nodejs\\node.exe", undefined],
  ["/home/nvme/bin/node", undefined],
])("%s belongs to %s", (path, expected) => {
  expect(versionManagerOf(path)).toBe(expected);
});
