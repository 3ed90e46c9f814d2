// The entry of a data thread. It is JavaScript so that a thread with a warm compile cache never loads what strips TypeScript (some 16 MB for
// each thread): the first thing of a thread is to turn that cache on.
import module from 'node:module';
import { workerData } from 'node:worker_threads';

const { compileCacheDir } = workerData ?? {};
if (compileCacheDir !== undefined) {
  module.enableCompileCache(compileCacheDir);
  // A thread that is terminated does not write its cache; by then the plugins of the first tasks are loaded.
  setTimeout(() => module.flushCompileCache(), 5000).unref();
}

const { runDataThread } = await import('@sluice/runtime/data-thread');
runDataThread();
