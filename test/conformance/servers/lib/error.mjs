/** An error that goes to the client as it is: SDKs of both generations pass `code`, `message` and `data` on. */
export class WireError extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
