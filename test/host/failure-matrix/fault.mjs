// Loaded into the process of the tool (NODE_OPTIONS=--import). When the step of the fault begins or ends, runs a command
// and waits for it, or sends the process a signal. This is synchronous: the tool cannot continue before the fault.
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
