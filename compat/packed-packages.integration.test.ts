// What a user installs: the packed packages in an empty folder, and a pipeline that runs there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testFolder } from './harness/kafkas.ts';
import { sizeOf } from './harness/lines.ts';
import { freePort, TestProcess, waitFor } from './harness/process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = testFolder('packed');
after(() => folder.remove());

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

test('the packed packages run a pipeline in an empty folder', async () => {
  const [packed, project] = [join(folder.path, 'packed'), join(folder.path, 'project')];
  mkdirSync(project);
  run(process.execPath, ['tools/pack/pack.ts', packed], root);
  const tarballs = globSync('*.tgz', { cwd: packed }).map((file) => join(packed, file));
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], project);
  assert.match(run(process.execPath, ['node_modules/@sluice/cli/bin/sluice.js', '--version'], project), /^\d+\.\d+\.\d+\n$/);

  // npx on the Node that runs this test, whatever the machine's own is.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
  const [listen, rest] = [await freePort(), await freePort()];
  const args = [
    'sluice',
    'demo',
    '--dir',
    'demo',
    '--listen',
    `127.0.0.1:${listen}`,
    '--rest',
    `127.0.0.1:${rest}`,
    '--input',
    'input.txt',
  ];
  writeFileSync(join(project, 'input.txt'), 'a packed line\n');
  const demo = new TestProcess('npx', args, { cwd: project, env, logFile: join(folder.path, 'demo.log'), detached: true });
  try {
    await waitFor(
      () => `the line arrives: ${demo.output()}`,
      () => sizeOf(join(project, 'demo/output.txt')) > 0,
    );
    appendFileSync(join(project, 'input.txt'), 'another\n');
    await waitFor('the appended line arrives', () => sizeOf(join(project, 'demo/output.txt')) === sizeOf(join(project, 'input.txt')));
    assert.equal(readFileSync(join(project, 'demo/output.txt'), 'utf8'), 'a packed line\nanother\n');
    const status = (await (await fetch(`http://127.0.0.1:${rest}/connectors/local-file-sink/status`)).json()) as {
      connector: { state: string };
    };
    assert.equal(status.connector.state, 'RUNNING');
  } finally {
    process.kill(-demo.child.pid!, 'SIGTERM');
    await demo.exited;
  }
});

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((node) =>
  /^v(?:1\d|2[0-3])\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
);

test(
  'an older Node gets one line that says what is needed and how to get it',
  { skip: oldNode === undefined ? 'no Node below 24 on this machine' : false },
  () => {
    const { status, stdout, stderr } = spawnSync(oldNode!, [join(root, 'packages/cli/bin/sluice.js'), 'demo'], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^sluice needs Node\.js 24 or newer and this is v\d+\.\d+\.\d+\. To get it: npm install \S+ && npx sluice demo\n$/,
    );
  },
);
