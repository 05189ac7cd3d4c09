// @ts-check
// A real mail server (aiosmtpd, as the tests in Rust use it) that keeps what it gets.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { binary } from './gate.js';
import { eventually } from './net.js';

/** @typedef {{to: string[], headers: Record<string, string>, text: string, html: string}} Letter */

export async function startMailServer() {
  const script = path.join(import.meta.dirname, '..', '..', 'support', 'mail_server.py');
  // Where tests/run.sh puts the Python packages: beside what Cargo builds.
  const packages = path.resolve(await binary(), '../../python');
  const child = spawn('python3', [script, JSON.stringify({ tls: null })], {
    env: { ...process.env, PYTHONPATH: packages }, stdio: ['pipe', 'pipe', 'inherit'],
  });
  /** @type {Letter[]} */
  const letters = [];
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => { throw new Error('no mail server: is aiosmtpd installed?'); })]);
  const { port } = JSON.parse(String(first));
  lines.on('line', (line) => letters.push(JSON.parse(line)));
  return {
    entry: { url: `smtp://127.0.0.1:${port}`, from: 'Millgate <gate@plant.example>' },
    letters,
    /**
     * The newest letter to this address, once it is there.
     * @param {string} email
     * @param {number} [known] how many came before
     */
    letterTo(email, known = 0) {
      return eventually(`a letter to ${email}`, () => letters.filter(({ to }) => to.includes(email))[known]);
    },
    stop: async () => { const gone = once(child, 'exit'); child.stdin.end(); child.kill(); await gone; },
  };
}

/** @typedef {Awaited<ReturnType<typeof startMailServer>>} MailServer */

/**
 * The link to the gate in a letter.
 * @param {Letter} letter
 */
export function linkIn(letter) {
  const link = /https?:\/\/\S+\/\.millgate\/\S+/.exec(letter.text)?.[0];
  if (!link) throw new Error(`no link in the letter:\n${letter.text}`);
  return link;
}
