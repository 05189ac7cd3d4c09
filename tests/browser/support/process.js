// @ts-check
// Child processes of a test: their output is kept, shown when they fail, and they end with the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

// A child that outlives a crashed test run would hold its port and its store.
/** @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/**
 * A directory that lives as long as the test.
 * @param {string} name
 */
export async function scratch(name) {
  const directory = await mkdtemp(path.join(tmpdir(), `millgate-${name}-`));
  return { directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A program that a test started. */
export class Program {
  /**
   * @param {string} name shown in errors
   * @param {string} command
   * @param {string[]} args
   * @param {import('node:child_process').SpawnOptions} [options]
   */
  constructor(name, command, args, options = {}) {
    this.name = name;
    this.output = '';
    this.ended = false;
    this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    alive.add(this.child);
    const keep = (/** @type {Buffer} */ part) => { this.output = (this.output + part).slice(-65_536); };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    const end = () => { this.ended = true; alive.delete(this.child); };
    this.child.once('close', end);
    this.child.once('error', (error) => { this.output += `\n${error.message}`; end(); });
  }

  /**
   * Waits until `ready` says so; fails with the program's own words when it ends first or takes too long.
   * @template T
   * @param {() => T | Promise<T>} ready
   * @param {number} [milliseconds]
   * @returns {Promise<NonNullable<T>>}
   */
  async until(ready, milliseconds = 20_000) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      if (this.ended) throw new Error(`${this.name} ended before it was ready:\n${this.output}`);
      const answer = await Promise.resolve().then(ready).catch(() => undefined);
      if (answer) return answer;
      if (Date.now() > deadline) throw new Error(`${this.name} was not ready within ${milliseconds} ms:\n${this.output}`);
      await new Promise((wake) => setTimeout(wake, 25));
    }
  }

  /** Ends the program: SIGTERM, and SIGKILL when that is not heard. */
  async stop() {
    if (this.ended) return;
    const gone = once(this.child, 'close');
    const force = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    this.child.kill('SIGTERM');
    await gone;
    clearTimeout(force);
  }
}
