// A small client on top of @fairlead/mcp, which the official conformance runner starts once per scenario. After a build:
//   node test/conformance/client.mjs URL
// It knows no scenario: it opens a connection, uses all that the server offers, answers its questions and closes.
// FAIRLEAD_CONFORMANCE_ROUTE says where the requests leave: `direct` (this process) or `executor`, which is the one whose
// address FAIRLEAD_CONFORMANCE_EXECUTOR gives, else a local one of our own. The runner sets MCP_CONFORMANCE_SCENARIO and, for
// one scenario, MCP_CONFORMANCE_CONTEXT with the calls that it wants to see.
// Prints what it did, and `done` at its end. Exit code 1 if it did not come that far, 2 where it would have to log in.
/** Shorter than the time after which the runner ends the shell around us, and only that: 45 s in our tests. */
const patienceMs = 40_000;

const [url] = process.argv.slice(2);
const {
  MCP_CONFORMANCE_SCENARIO: scenario = "",
  MCP_CONFORMANCE_CONTEXT: context = "{}",
  FAIRLEAD_CONFORMANCE_ROUTE: route = "direct",
  FAIRLEAD_CONFORMANCE_EXECUTOR: executorUrl,
} = process.env;

if (url === undefined) giveUp("Give the URL of a server", 1);
// Nothing is to look as if logging in had been tried.
if (scenario.startsWith("auth/")) giveUp("This client does not log in", 2);
setTimeout(() => giveUp(`Not done within ${patienceMs} ms`, 1), patienceMs).unref();

// Loaded here because the runner starts two dozen of us only to hear that we do not log in.
const { visit } = await import("./lib/visit.mjs");
const { toolCalls } = JSON.parse(context);
await visit(url, {
  route: { route, executorUrl },
  toolCalls,
  tell: (text) => process.stdout.write(`${text}\n`),
});
process.stdout.write("done\n");

function giveUp(text, exitCode) {
  process.stderr.write(`${text}\n`);
  process.exit(exitCode);
}
