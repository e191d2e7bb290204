/** Thrown by `context.refuse`: the plugin's own no, with its words for the user. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly nextSteps: readonly string[],
  ) {
    super(message);
    this.name = 'Refusal';
  }
}
