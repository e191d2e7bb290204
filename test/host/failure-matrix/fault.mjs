// Loaded into the tool's own process (NODE_OPTIONS=--import): when it says the words that the fault waits for, runs a
// command to its end and then sends itself a signal, whichever of the two the fault has. What the tool does next finds
// that done, however fast it is.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { says, run, signal, happened } = JSON.parse(process.env.NIXOS_NSPAWN_TEST_FAULT);
let isOver = !isMainThread;

const { write } = process.stderr;
process.stderr.write = function (chunk, ...rest) {
  const answer = write.call(this, chunk, ...rest);
  if (!isOver && String(chunk).includes(says)) {
    isOver = true;
    writeFileSync(happened, '');
    if (run) spawnSync(run[0], run.slice(1), { stdio: 'ignore' });
    if (signal) process.kill(process.pid, signal);
  }
  return answer;
};
