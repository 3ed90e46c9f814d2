import { readFileSync } from 'node:fs';
import { UserError } from './user-error.ts';

/** Reads a file that the user named; a failure says which argument and why, in one line. */
export function readUserFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'permission denied',
      EISDIR: 'it is a directory',
    };
    throw new UserError(`cannot read the ${what} ${path}: ${reasons[code ?? ''] ?? (error as Error).message}`, 2, { cause: error });
  }
}
