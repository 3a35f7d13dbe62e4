// The floor for everything that leads a connection through another process: bytes as they come, no framing.
//   node port-relay.mjs PORT
// Prints its own port. Every connection to it becomes one to that port of this machine (TCP_NODELAY).
import { connect, createServer } from "node:net";

const target = { host: "127.0.0.1", port: Number(process.argv[2]), noDelay: true };

const server = createServer({ noDelay: true }, (near) => {
  const far = connect(target);
  near.pipe(far);
  far.pipe(near);
  // Whichever side ends takes the other one along.
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on("error", () => other.destroy());
    one.once("close", () => other.destroy());
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.once("SIGTERM", () => process.exit(0));
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit(0));
