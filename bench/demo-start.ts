// `npm run bench:demo [-- runs]`: from `npm run demo` to the first record in the sink, and what the process holds then. The first run after
// an install is the one that a newcomer sees: `rm -rf` of Node's compile cache before each run shows the worst case (--cold).
import { rmSync } from 'node:fs';
import { getCompileCacheDir, enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { testFolder } from '../compat/harness/kafkas.ts';
import { sizeOf } from '../compat/harness/lines.ts';
import { freePort, residentBytes, TestProcess, waitFor } from '../compat/harness/process.ts';
import { sluiceEntry } from '../compat/harness/workers.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, cold: { type: 'boolean', default: false } } });
const folder = testFolder('demo-start');
const results: { restMs: number; firstRecordMs: number; residentMegabytes: number; idleResidentMegabytes: number }[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  if (values.cold) {
    enableCompileCache();
    rmSync(getCompileCacheDir()!, { recursive: true, force: true });
  }
  const directory = join(folder.path, String(run));
  const [listen, rest] = [await freePort(), await freePort()];
  const start = performance.now();
  const demo = new TestProcess(
    process.execPath,
    [sluiceEntry, 'demo', '--dir', directory, '--listen', `127.0.0.1:${listen}`, '--rest', `127.0.0.1:${rest}`],
    {
      logFile: join(folder.path, `${run}.log`),
    },
  );
  await waitFor('REST answers', async () => (await fetch(`http://127.0.0.1:${rest}/`)).status === 200, 20_000, 5);
  const restMs = Math.round(performance.now() - start);
  await waitFor(
    () => `a record arrives: ${demo.output()}`,
    () => sizeOf(join(directory, 'output.txt')) > 0,
    20_000,
    5,
  );
  const firstRecordMs = Math.round(performance.now() - start);
  const residentMegabytes = Math.round(residentBytes(demo.child.pid!) / 1e6);
  const settled = Date.now() + 5000;
  await waitFor('five seconds pass', () => Date.now() > settled, 10_000);
  results.push({ restMs, firstRecordMs, residentMegabytes, idleResidentMegabytes: Math.round(residentBytes(demo.child.pid!) / 1e6) });
  await demo.stop();
}
console.table(results);
folder.remove();
