import assert from 'node:assert/strict';
import { parentPort } from 'node:worker_threads';
import { errorToWire } from '@sluice/api';
import { ControlPlane } from './control-plane.ts';
import { DataPlane } from './data-plane.ts';
import type { FromThread, Request, ToThread } from './messages.ts';

/** Connects this worker thread to its parent: requests in, replies and events out. */
export function runDataThread(): void {
  assert(parentPort !== null, 'a data thread runs in a worker thread');
  const port = parentPort;
  const post = (message: FromThread): void => port.postMessage(message);
  const control = new ControlPlane(post);
  const plane = new DataPlane(control);
  const answer = async (request: Request): Promise<void> => {
    try {
      post({ type: 'reply', id: request.id, ok: true, result: await plane.handle(request) });
    } catch (error) {
      post({ type: 'reply', id: request.id, ok: false, error: errorToWire(error) });
    }
  };
  port.on('message', (message: ToThread) => {
    if (message.type === 'answer') control.onAnswer(message);
    else void answer(message);
  });
  // One plugin's mistake must not end the others on its thread.
  process.on('uncaughtException', (error) => plane.onStrayError(error));
  process.on('unhandledRejection', (error) => plane.onStrayError(error));
}
