import { connectExecutor } from "@fairlead/link";

/** One session for each executor, as a host has. */
const sessions = new Map();

/** Opens a line to a child on an executor. @param spec `target` (url, token, ca, serverName) and `argv` */
export async function openFairleadLine({ target, argv: [program, ...args] }) {
  const session = await sessionFor(target);
  const line = { onBytes: () => {}, onFailure: () => {} };
  const launched = await session.launcher.launch(
    { program, args },
    {
      onOutput: (name, chunk) => {
        if (name === "stderr") process.stderr.write(chunk);
        else line.onBytes(chunk);
        // What comes before the launch was answered is far less than a window.
        line.consumed?.(name, chunk.length);
      },
    },
  );
  let closing = false;
  const fail = (error) => {
    if (!closing) line.onFailure(error);
  };
  void launched.closed.then((exit) => fail(new Error(`The child ended: ${JSON.stringify(exit)}`)));
  line.pid = launched.pid;
  line.consumed = (name, byteCount) => launched.consumed(name, byteCount);
  line.write = (bytes) => void launched.write(bytes).catch(fail);
  line.close = async () => {
    closing = true;
    await launched.stop({ stdinGraceMs: 1_000, termGraceMs: 1_000 });
  };
  return line;
}

/** The session that leads to a target; opened at its first use. */
export async function sessionFor({ url, token, ca, serverName }) {
  let session = sessions.get(url);
  if (session === undefined) {
    session = await connectExecutor({
      url,
      clientName: "bench",
      clientVersion: "0",
      ...(token === undefined ? {} : { token }),
      ...(ca === undefined ? {} : { tls: { ca: Buffer.from(ca), serverName } }),
    });
    sessions.set(url, session);
  }
  return session;
}

/** Ends every session. */
export async function closeSessions() {
  for (const session of sessions.values()) await session.close();
}
