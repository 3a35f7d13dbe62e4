/** Runs the `fairlead` command line. @param argv without the program's own name */
export async function main(argv: readonly string[]): Promise<void> {
  // Deprecations inside dependencies are for their makers; a person can do nothing about them.
  process.noDeprecation = true;
  if (argv[0] === "__complete") {
    const { complete } = await import("./completion/complete.js");
    await complete(argv.slice(1));
    return;
  }
  if (argv[0] === "serve") {
    const { relayToHub } = await import("./relay/relay.js");
    if (await relayToHub(argv.slice(1))) return;
  }
  const { runCommandLine } = await import("./command-line.js");
  await runCommandLine(argv);
}
