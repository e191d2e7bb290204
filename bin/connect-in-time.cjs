// Loaded into npm by NODE_OPTIONS=--require (src/plugins/package-manager.ts). Makes connecting to an unresponsive host
// fail within seconds. npm has no setting for that, and the kernel tries for two minutes.
const { Socket } = require('node:net');

const MILLISECONDS = 4000;

const { connect } = Socket.prototype;
/** @type {(this: import("node:net").Socket, ...words: unknown[]) => import("node:net").Socket} */
Socket.prototype.connect = function (...words) {
  const timer = setTimeout(() => {
    this.destroy(Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' }));
  }, MILLISECONDS);
  for (const event of ['connect', 'close']) this.once(event, () => clearTimeout(timer));
  return Reflect.apply(connect, this, words);
};
