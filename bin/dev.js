#!/usr/bin/env -S node --import tsx
// The same door onto the sources: nothing is built, every start compiles.
process.env.NODE_ENV = 'development';
const { main } = await import('../cli/main.ts');

await main(process.argv.slice(2), import.meta.url, { development: true });
