// Creates a container from a flake, updates it, goes back, and removes it: node library.mjs NAME FLAKE NEXT-FLAKE
// Prints one line of JSON for each thing that happened.
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
const tell = (what) => console.log(JSON.stringify(what));
/** @returns {import('nixos-nspawn').Source} */
const flake = (reference) => ({ kind: 'flake', reference, directory: process.cwd() });

// Operations print nothing and listen to no signal: what is shown and what ends them is the program's choice.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort('SIGINT'));
const options = {
  signal: interrupt.signal,
  onEvent: (event) => {
    if (event.type === 'step-done') tell({ container: event.container, step: event.title });
  },
};

try {
  const created = await createContainer({ name, source: flake(first) }, options);
  tell({ created: created.name, generation: created.generation, state: created.state });

  const updated = await updateContainer({ name, source: flake(next) }, options);
  tell({ updated: updated.name, generation: updated.generation, activation: updated.activation });

  const back = await rollbackContainer({ name }, options);
  tell({ rolledBack: back.name, generation: back.generation });
  tell({ generations: (await listGenerations({ name })).map(({ generation }) => generation) });

  tell(await removeContainer({ name, deleteState: true }, options));
  tell({ left: (await listContainers()).length });
} catch (error) {
  if (!(error instanceof NspawnError)) throw error;
  // `code` is stable and listed on the page of errors; `exitCode` is what the command line exits with.
  tell({ failed: error.code, why: error.message, next: error.nextSteps });
  process.exitCode = error.exitCode;
}
