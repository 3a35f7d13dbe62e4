import { createHost, createLocalLauncher } from "fairlead";

/** The example of docs/library.md. @param print is given what it tells people */
export async function runLibraryExample(print: (line: string) => void): Promise<void> {
  const launcher = createLocalLauncher({ defaultCwd: process.cwd() });
  await using host = createHost({
    version: "1.0.0",
    servers: [],
    control: {
      openLauncher: async () => ({ launcher, convention: "posix" }),
      reload: async () => ({ added: [], changed: [], removed: [] }),
    },
  });
  const { control } = host;
  using _startups = control.onStartupStatus(({ name, status }) => print(`${name} is ${status}`));
  print(`${control.listServers().length} servers`);

  const { sessions } = control;
  const { sessionId } = await sessions.create({ program: "cat" });
  const told = sessions.listen(sessionId);
  await sessions.send({ sessionId, data: "hello\n", closeInput: true });
  for await (const message of told) {
    if (message.type !== "event") continue;
    if (message.event.type === "output") print(`${message.event.stream}: ${message.event.data ?? "bytes"}`);
    else {
      print(`ended with ${message.event.code}`);
      break;
    }
  }
  await sessions.stop(sessionId);
}
