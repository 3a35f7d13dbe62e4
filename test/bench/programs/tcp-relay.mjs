// The floor for everything that crosses a network: one TCP connection, one child, bytes as they come, no framing.
//   node tcp-relay.mjs PROGRAM ARG…
// Prints its port. What arrives in one read leaves in one write, and nothing waits for more (TCP_NODELAY).
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const [program, ...args] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (socket) => {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  // Whichever side ends takes the other one along.
  for (const stream of [socket, child.stdin]) stream.on("error", () => child.kill());
  socket.once("close", () => child.kill());
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.once("SIGTERM", () => process.exit(0));
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit(0));
