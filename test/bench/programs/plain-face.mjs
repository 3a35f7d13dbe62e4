// What an HTTP face costs at least: one session, one child, one line out and one line back for each POST, nothing checked.
//   node plain-face.mjs PROGRAM ARG…
// Prints its port.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const [program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
createInterface({ input: child.stdout }).on("line", (line) => {
  const { id } = JSON.parse(line);
  const response = waiting.get(id);
  if (waiting.delete(id)) response.writeHead(200, { "content-type": "application/json" }).end(line);
});
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const { id } = JSON.parse(body);
    if (id === undefined) response.writeHead(202).end();
    else waiting.set(id, response);
    child.stdin.write(`${body}\n`);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.once("SIGTERM", () => process.exit(0));
process.once("exit", () => child.kill());
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit(0));
