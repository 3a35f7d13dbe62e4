// Lets Node for Windows run under Wine 8; see README.md. For `node --require`.
"use strict";
const fs = require("node:fs");
const net = require("node:net");
const { Writable } = require("node:stream");

// Set before the connection stands, it makes Wine's connect fail.
net.Socket.prototype.setKeepAlive = function setKeepAlive() {
  return this;
};

// A pipe that Linux made is one that Node cannot open there; reading and writing it works.
if (isUnusable("stdin")) {
  replace("stdin", () => fs.createReadStream("", { fd: 0, autoClose: false }));
}
for (const [fd, name] of [
  [1, "stdout"],
  [2, "stderr"],
]) {
  if (isUnusable(name)) replace(name, () => createOutput(fd));
}

function isUnusable(name) {
  try {
    return process[name] === undefined;
  } catch {
    return true;
  }
}

function replace(name, create) {
  let made;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => (made ??= create()),
  });
}

function createOutput(fd) {
  const output = new Writable({
    decodeStrings: true,
    write(chunk, _encoding, done) {
      try {
        for (let at = 0; at < chunk.length; ) at += fs.writeSync(fd, chunk, at);
        done();
      } catch (error) {
        done(error);
      }
    },
  });
  return Object.assign(output, { fd, isTTY: false });
}
