// Runs at the end of `npm ci`: loads every source once, so that Node's compile cache has all of them stripped and compiled before the first
// start. One file that is not there makes a thread load what strips TypeScript: 30 MB and 100 ms.
// JavaScript, and harmless on an older Node: an install must not fail for it.
import module from 'node:module';

async function warm() {
  const { globSync } = await import('node:fs');
  const root = new URL('../', import.meta.url);
  module.enableCompileCache();
  for (const file of globSync('{packages,connectors}/*/src/**/*.ts', { cwd: root })) {
    // A thread's own module refuses to be loaded outside of one; it is compiled by then.
    await import(new URL(file, root).href).catch(() => {});
  }
  module.flushCompileCache();
}

if (Number(process.versions.node.split('.')[0]) >= 24) await warm();
// Some modules keep the process open when they are loaded outside of their thread.
process.exit(0);
