/** Where whole messages for an agent go: its one line, or the stream of one HTTP request. Never throws and never waits. */
export interface MessageSink {
  /** @param message one JSON-RPC message with its line end; none other is in it */
  push(message: Buffer): void;
}
