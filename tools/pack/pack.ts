// `npm run pack [-- folder]`: builds what is published. Sources run as they are in a checkout, but Node strips no types under node_modules, so
// a published package holds JavaScript: each package is staged with its exports mapped to dist/, and packed from there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  name: string;
  private?: boolean;
  scripts?: unknown;
  exports: Record<string, string>;
  files: string[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const staging = join(target, 'staging');

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} ended with ${status}`);
    process.exit(1);
  }
}

/** `./src/worker.ts` becomes the built module and its types. */
function published(source: string): string | { types: string; default: string } {
  if (!source.endsWith('.ts')) return source;
  const path = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

rmSync(target, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
run('tsc', ['-p', join(root, 'tools/pack/tsconfig.json'), '--outDir', join(staging, 'out')], root);

for (const folder of globSync(['packages/*', 'connectors/*'], { cwd: root }).toSorted()) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  const stage = join(staging, manifest.name.replace('@', '').replace('/', '-'));
  mkdirSync(stage, { recursive: true });
  cpSync(join(staging, 'out', folder, 'src'), join(stage, 'dist'), { recursive: true });
  for (const extra of ['README.md', 'bin', 'entry'])
    if (existsSync(join(root, folder, extra))) cpSync(join(root, folder, extra), join(stage, extra), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  delete manifest.private;
  delete manifest.scripts;
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, source]) => [path, published(source)]));
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
  run('publint', ['--strict', stage], root);
  run('npm', ['pack', '--silent', '--pack-destination', target, stage], root);
}
rmSync(staging, { recursive: true, force: true });
console.log(
  globSync('*.tgz', { cwd: target })
    .map((file) => join(target, file))
    .join('\n'),
);
