// The server at the far end of every request. Prints its port.
//   POST /echo          answers with the body that it got
//   GET /stream?bytes=  answers with so many bytes of the repeated block, as fast as they are taken
import { createServer } from "node:http";
import { repeatedBlock } from "../driver/seeded-lines.mjs";

const chunkBytes = 64 * 1024;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://bench");
  if (pathname === "/echo") echo(request, response);
  else stream(response, Number(searchParams.get("bytes")));
});
// One of the contestants may rest for longer than the 5 s after which Node would close its connections.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.once("SIGTERM", () => process.exit(0));
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit(0));

function echo(request, response) {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.once("end", () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
}

function stream(response, byteCount) {
  let sent = 0;
  response.writeHead(200, { "content-type": "application/octet-stream" });
  const send = () => {
    while (sent < byteCount) {
      const block = repeatedBlock(sent, Math.min(chunkBytes, byteCount - sent));
      sent += block.length;
      if (!response.write(block)) {
        response.once("drain", send);
        return;
      }
    }
    response.end();
  };
  send();
}
