// The child of every contestant: a Node program, as most servers are, that answers each line with a write of its own.
let parts = [];

process.stdin.on("data", (chunk) => {
  let start = 0;
  for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
    const line = chunk.subarray(start, end + 1);
    process.stdout.write(parts.length === 0 ? line : Buffer.concat([...parts, line]));
    parts = [];
    start = end + 1;
  }
  if (start < chunk.length) parts.push(chunk.subarray(start));
});
