// Creates a container from a flake, updates it, rolls it back, and removes it: node library.mjs NAME FLAKE NEXT-FLAKE
// Prints one line of JSON for each step and result.
import {
  createContainer,
  listContainers,
  listGenerations,
  NspawnError,
  removeContainer,
  rollbackContainer,
  updateContainer,
} from 'nixos-nspawn';

const [name, first, next] = process.argv.slice(2);
const print = (what) => console.log(JSON.stringify(what));
/** @returns {import('nixos-nspawn').Source} */
const flake = (reference) => ({ kind: 'flake', reference, directory: process.cwd() });

// Operations print nothing and handle no signals, so the program shows their progress and cancels them.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort('SIGINT'));
const options = {
  signal: interrupt.signal,
  onEvent: (event) => {
    if (event.type === 'step-done') print({ container: event.container, step: event.title });
  },
};

try {
  const created = await createContainer({ name, source: flake(first) }, options);
  print({ created: created.name, generation: created.generation, state: created.state });

  const updated = await updateContainer({ name, source: flake(next) }, options);
  print({ updated: updated.name, generation: updated.generation, activation: updated.activation });

  const back = await rollbackContainer({ name }, options);
  print({ rolledBack: back.name, generation: back.generation });
  print({ generations: (await listGenerations({ name })).map(({ generation }) => generation) });

  print(await removeContainer({ name, deleteState: true }, options));
  print({ left: (await listContainers()).length });
} catch (error) {
  if (!(error instanceof NspawnError)) throw error;
  // The manual lists each `code`, which is stable. `exitCode` is the exit code of the command line for this error.
  print({ failed: error.code, why: error.message, next: error.nextSteps });
  process.exitCode = error.exitCode;
}
