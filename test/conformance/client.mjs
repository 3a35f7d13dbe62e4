// A small client on top of our own parts, which the official conformance runner starts once per scenario. After a build:
//   node test/conformance/client.mjs URL
// It opens a connection, uses all that the server offers, answers its questions and closes. Where a scenario is about logging
// in, the server is opened as `fairlead` opens a configured one; else as a program does that uses the library.
// FAIRLEAD_CONFORMANCE_ROUTE says where the requests leave: `direct` (this process) or `executor`, which is the one whose
// address FAIRLEAD_CONFORMANCE_EXECUTOR gives, else a local one of our own. The runner sets MCP_CONFORMANCE_SCENARIO and, for
// some scenarios, MCP_CONFORMANCE_CONTEXT: calls that it wants to see, or a client that it knows.
// Prints what it did, and `done` at its end. Exit code 1 if it did not come that far; then the last line says why.
/** Shorter than the time after which the runner ends the shell around us, and only that: 45 s in our tests. */
const patienceMs = 40_000;

const [url] = process.argv.slice(2);
const {
  MCP_CONFORMANCE_SCENARIO: scenario = "",
  MCP_CONFORMANCE_CONTEXT: contextText = "{}",
  FAIRLEAD_CONFORMANCE_ROUTE: route = "direct",
  FAIRLEAD_CONFORMANCE_EXECUTOR: executorUrl,
} = process.env;

if (url === undefined) giveUp("Give the URL of a server");
setTimeout(() => giveUp(`Not done within ${patienceMs} ms`), patienceMs).unref();

const context = JSON.parse(contextText);
const tell = (text) => process.stdout.write(`${text}\n`);
try {
  // Each loads only what it needs: many clients are started.
  if (scenario.startsWith("auth/")) {
    const { visitWithLogins } = await import("./lib/visit-with-logins.mjs");
    await visitWithLogins(url, { route: { route, executorUrl }, context, tell });
  } else {
    const { visit } = await import("./lib/visit.mjs");
    await visit(url, { route: { route, executorUrl }, toolCalls: context.toolCalls, tell });
  }
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  giveUp(error.reason ?? error.code ?? "failed");
}
tell("done");

function giveUp(text) {
  process.stderr.write(`gave up: ${text}\n`);
  process.exit(1);
}
