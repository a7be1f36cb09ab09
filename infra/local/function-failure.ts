/** An invocation that threw, ran out of time, or whose worker died; or that said that it failed for some messages. */
export class FunctionFailure extends Error {
  override readonly name = 'FunctionFailure';
  readonly reason: 'error' | 'timeout' | 'crash' | 'messages';
  /** Logical id of the function. */
  readonly function: string;
  readonly requestId: string;

  constructor(reason: FunctionFailure['reason'], of: string, requestId: string, message: string) {
    super(message);
    this.reason = reason;
    this.function = of;
    this.requestId = requestId;
  }
}
