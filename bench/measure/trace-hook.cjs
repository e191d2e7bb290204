// Loaded into a measured process: at its exit, writes its children and its peak memory to a file.
const { ChildProcess } = require('node:child_process');
const { writeFileSync } = require('node:fs');

const { NIXOS_NSPAWN_BENCH_TRACE: file } = process.env;
// Children and threads of the measured process must not be traced, so they do not get these variables.
delete process.env.NODE_OPTIONS;
delete process.env.NIXOS_NSPAWN_BENCH_TRACE;

if (file !== undefined) {
  const children = [];
  const now = () => performance.timeOrigin + performance.now();
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function traced(options) {
    const child = { argv: options.args ?? [options.file], began: now(), ended: Number.NaN };
    children.push(child);
    this.once('exit', () => {
      child.ended = now();
    });
    return spawn.call(this, options);
  };
  process.on('exit', () => {
    // The kernel reports kilobytes (getrusage(2)).
    const peakMemory = process.resourceUsage().maxRSS * 1024;
    writeFileSync(file, JSON.stringify({ peakMemory, children: children.filter(({ ended }) => ended > 0) }));
  });
}
