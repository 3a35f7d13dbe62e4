import { expect, test } from "vitest";
import { isOwnServe } from "./own-serve.js";

function isOwn(line: string): boolean {
  const [command, ...args] = line.split(" ");
  return isOwnServe({ command, args });
}

test.each([
  "uv --directory /home/me/src/fairlead run server.py serve",
  "docker run --name fairlead image serve",
  "npx -y other --root /src/fairlead serve",
  "fairlead list",
  "ssh -T devbox fairlead serve",
])("a server that only has a word like Fairlead's name is one like others: %s", (line) => {
  expect(isOwn(line)).toBe(false);
});

test.each([
  "fairlead serve",
  "/usr/bin/fairlead --profile work serve",
  "npx -y fairlead serve",
  "npx --package fairlead -- fairlead serve",
  "npx --yes --quiet fairlead@1 serve",
  "cmd /c npx -y fairlead serve",
  "node --no-warnings /opt/fairlead.js serve",
  "npm exec --silent fairlead serve",
  "env -i A=b fairlead serve",
  "sudo -u me -E fairlead serve",
  "env --chdir=/x fairlead serve",
  "uv --directory /src/fairlead run fairlead serve",
])("Fairlead is found however it is started: %s", (line) => {
  expect(isOwn(line)).toBe(true);
});
