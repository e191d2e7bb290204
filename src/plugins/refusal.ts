/** Thrown by `context.refuse`: the plugin refuses the operation, with a message for the user. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly nextSteps: readonly string[],
  ) {
    super(message);
    this.name = 'Refusal';
  }
}
