import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { openFairleadLine } from "./fairlead-line.mjs";

/**
 * Opens a way to a child: `write(bytes)` takes bytes for it, `onBytes` is called with what it gives back, `onFailure` when
 * the line broke. Bytes written in one turn of the event loop leave together, on every kind of line.
 * @param spec `kind` is `pipe` (a child, or a program like ssh that leads to one), `tcp` (a relay), or `fairlead`
 */
export async function openLine(spec) {
  switch (spec.kind) {
    case "pipe":
      return openPipe(spec.argv);
    case "tcp":
      return openTcp(spec.port);
    case "fairlead":
      return openFairleadLine(spec);
    default:
      throw new Error(`There is no line of kind ${spec.kind}`);
  }
}

function openPipe([program, ...args]) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const line = joinStreams(child.stdin, child.stdout, async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await exited;
    clearTimeout(timer);
  });
  line.pid = child.pid;
  return line;
}

async function openTcp(port) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  return joinStreams(socket, socket, async () => {
    const closed = once(socket, "close");
    socket.destroy();
    await closed;
  });
}

function joinStreams(writable, readable, close) {
  let corked = false;
  let closing = false;
  const uncork = () => {
    corked = false;
    writable.uncork();
  };
  const line = {
    onBytes: () => {},
    onFailure: () => {},
    write: (bytes) => {
      if (!corked) {
        corked = true;
        writable.cork();
        process.nextTick(uncork);
      }
      writable.write(bytes);
    },
    close: () => {
      closing = true;
      return close();
    },
  };
  readable.on("data", (chunk) => line.onBytes(chunk));
  const fail = (error) => {
    if (!closing) line.onFailure(error ?? new Error("The line ended"));
  };
  for (const stream of new Set([writable, readable])) stream.on("error", fail).on("close", () => fail());
  return line;
}
