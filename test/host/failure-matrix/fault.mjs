// Loaded into the tool's own process (NODE_OPTIONS=--import). When the step of the fault begins or ends, runs a command to
// its end, or sends the process a signal. It does so at once, so the tool cannot have gone on before the fault happens.
import { spawnSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { at, run, signal, happened } = JSON.parse(process.env.NIXOS_NSPAWN_TEST_FAULT);
let isOver = !isMainThread;

subscribe('nixos-nspawn:steps', ({ type, id }) => {
  if (isOver || type !== at.type || id !== at.step) return;
  isOver = true;
  writeFileSync(happened, '');
  if (run) spawnSync(run[0], run.slice(1), { stdio: 'ignore' });
  if (signal) process.kill(process.pid, signal);
});
